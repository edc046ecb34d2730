-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."w"
-- setup
create table t (id int primary key, v int);
create materialized view w as select id, v from t;
-- change
drop materialized view w;
alter table t alter v type bigint;
create materialized view w as select id, v from t;
-- application
comment on column w.v is 'read by the reports';
