-- expect: restored
-- setup
create table t (id int primary key, a int);
create view older as select 1 as id;
create view newer as select id from t;
create or replace view older as select id from newer;
-- change
drop view newer cascade;
