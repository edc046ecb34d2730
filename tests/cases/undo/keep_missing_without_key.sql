-- expect: conflict
-- on conflict: keep
-- conflict: missing "public"."t" (2,plan)
-- setup
create table t (a int, v text);
insert into t values (1, 'v'), (2, 'v');
-- change
update t set v = 'plan';
-- application
update t set v = 'app' where a = 2;
