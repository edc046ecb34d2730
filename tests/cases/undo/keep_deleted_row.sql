-- expect: settled
-- on conflict: keep
-- conflict: deleted "public"."t" id = 2 -> kept
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'v1'), (2, 'v2'), (3, 'v3');
-- change
update t set v = 'plan';
-- application
delete from t where id = 2;
-- expected
delete from t where id = 2;
