-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."w"
-- setup
create table t (id int primary key, v int);
create view w as select id, v from t;
-- change
create or replace view w as select id, v, v + 1 as more from t;
-- application
grant select (id) on w to case_reader;
