-- What the application wrote reads like the step's value in the type of before, and yet is its own.
-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t" id = 1 v -> kept
-- setup
create table t (id int primary key, v int);
insert into t values (1, 5), (2, 6);
-- change
alter table t alter v type numeric;
update t set v = 1.4;
-- application
update t set v = 1 where id = 1;
-- expected
update t set v = 1 where id = 1;
