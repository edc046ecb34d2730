-- expect: conflict: depend
-- setup
create table t (id int primary key);
-- change
alter table t add column w text;
-- application
create view v as select id, w from t;
