-- expect: conflict
-- conflict: altered view "public"."v"
-- setup
create table t (id int primary key, a int);
create view v as select id, a from t;
-- change
create or replace view v as select id, a + 1 as a from t;
-- application
create or replace view v with (security_barrier) as select id, a from t;
