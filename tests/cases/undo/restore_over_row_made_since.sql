-- expect: settled
-- on conflict: restore
-- conflict: exists "public"."t" id = 2 -> restored
-- setup
create table t (id int primary key, v text, w text);
insert into t values (1, 'v1', 'w1'), (2, 'v2', 'w2'), (3, 'v3', 'w3');
-- change
delete from t where id > 1;
-- application
insert into t values (2, 'app', 'w2');
-- expected
select 1;
