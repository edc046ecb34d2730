-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."t" id = 2 v -> restored
-- conflict: deleted "public"."t" id = 1 -> restored
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
select 1;
