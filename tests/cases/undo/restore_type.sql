-- expect: conflict
-- on conflict: restore
-- conflict: type "public"."t" id = 3 v
-- setup
create table t (id int primary key, v int);
insert into t values (1, 1);
-- change
alter table t alter v type numeric;
-- application
insert into t values (3, 1.5);
