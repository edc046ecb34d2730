-- The row that the application made of ours cannot be told from one of its own: it stays, and ours comes again.
-- expect: settled
-- on conflict: restore
-- conflict: missing "public"."t" (2,plan) -> restored
-- setup
create table t (a int, v text);
insert into t values (1, 'v'), (2, 'v'), (2, 'w');
-- change
update t set v = 'plan' where v = 'v';
-- application
update t set v = 'app' where a = 2 and v = 'plan';
-- expected
insert into t values (2, 'app');
