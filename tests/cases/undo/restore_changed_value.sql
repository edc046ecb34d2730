-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."t" id = 2 v -> restored
-- setup
create table t (id int primary key, v text, w text, x text);
insert into t values (1, 'v1', 'w1', 'x1'), (2, 'v2', 'w2', 'x2'), (3, 'v3', 'w3', 'x3');
-- change
update t set v = 'plan', w = 'plan';
-- application
update t set v = 'app', x = 'kept' where id = 2;
-- expected
update t set x = 'kept' where id = 2;
