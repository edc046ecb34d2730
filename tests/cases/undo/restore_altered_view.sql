-- expect: settled
-- on conflict: restore
-- conflict: altered view "public"."w" -> restored
-- setup
create table t (id int primary key);
-- change
create view w as select id from t;
-- application
create or replace view w as select id from t where id > 1;
-- expected
select 1;
