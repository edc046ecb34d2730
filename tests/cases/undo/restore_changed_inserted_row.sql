-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."t" id = 10 v -> restored
-- setup
create table t (id int primary key, v text, w text);
insert into t values (1, 'v1', 'w1');
-- change
insert into t values (10, 'plan', 'plan'), (11, 'plan', 'plan');
-- application
update t set v = 'app' where id = 10;
-- expected
select 1;
