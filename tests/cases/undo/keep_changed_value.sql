-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t" id = 2 v -> kept
-- setup
create table t (id int primary key, v text, w text, x text);
insert into t values (1, 'v1', 'w1', 'x1'), (2, 'v2', 'w2', 'x2'), (3, 'v3', 'w3', 'x3');
-- change
update t set v = 'plan', w = 'plan';
-- application
update t set v = 'app' where id = 2;
update t set x = 'app' where id = 3;
-- expected
update t set v = 'app' where id = 2;
update t set x = 'app' where id = 3;
