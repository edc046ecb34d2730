-- expect: settled
-- on conflict: restore
-- conflict: deleted "public"."t" id = 2 -> restored
-- setup
create table t (id int primary key, v text, w int generated always as (id * 2) stored);
insert into t values (1, 'v1'), (2, 'v2'), (3, 'v3');
-- change
update t set v = 'plan';
-- application
delete from t where id = 2;
-- expected
select 1;
