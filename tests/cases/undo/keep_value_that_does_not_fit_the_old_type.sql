-- expect: conflict
-- on conflict: keep
-- conflict: type "public"."t" id = 1 v
-- setup
create table t (id int primary key, v int);
insert into t values (1, 5), (2, 6);
-- change
alter table t alter v type numeric;
update t set v = 1.4;
-- application
update t set v = 2.5 where id = 1;
