-- expect: conflict
-- conflict: filled "public"."t" id = 8 made
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 5) i;
-- change
alter table t add column made timestamptz not null default now();
-- application
insert into t (id, v) values (8, 'app');
