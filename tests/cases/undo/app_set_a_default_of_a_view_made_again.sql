-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."w"
-- setup
create table t (id int primary key, v int);
create view w as select id, v from t;
-- change
drop view w;
alter table t alter v type bigint;
create view w as select id, v from t;
-- application
alter view w alter v set default 5;
