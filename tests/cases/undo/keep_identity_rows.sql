-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t" id = 2 v -> kept
-- conflict: deleted "public"."t" id = 1 -> kept
-- setup
create table t (id int generated always as identity primary key, v text);
insert into t (v) values ('v');
-- change
insert into t (v) values ('plan'), ('plan');
update t set v = 'plan' where id = 1;
-- application
update t set v = 'app' where id = 2;
delete from t where id = 1;
-- expected
delete from t;
insert into t overriding system value values (2, 'app');
