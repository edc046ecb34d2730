-- expect: conflict
-- conflict: filled "public"."t" id = 2 w
-- conflict: filled "public"."t" id = 3 d
-- conflict: filled "public"."t" id = 9 w
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 5) i;
-- change
alter table t add column w text, add column d int default 5;
update t set w = 'plan' where id = 1;
-- application
update t set w = 'app' where id = 2;
update t set d = 6 where id = 3;
insert into t values (8, 'app');
insert into t values (9, 'app', 'app');
