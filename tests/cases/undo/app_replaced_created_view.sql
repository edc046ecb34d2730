-- expect: conflict
-- conflict: altered view "public"."v"
-- setup
create table t (id int primary key);
-- change
create view v as select id from t;
-- application
create or replace view v as select id, 1 as one from t;
