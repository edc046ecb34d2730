-- expect: restored
-- setup
create view v as select 1 as id;
create view w as select * from v;
-- change
create table t (id int primary key);
create or replace view v as select id from t;
