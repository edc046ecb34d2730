-- expect: conflict
-- conflict: not null "public"."t" id = 8 v
-- setup
create table t (id int primary key, v text not null, w text);
insert into t select i, 'v' || i from generate_series(1, 5) i;
-- change
alter table t drop column v;
-- application
insert into t values (8, 'app');
update t set w = 'app' where id = 2;
