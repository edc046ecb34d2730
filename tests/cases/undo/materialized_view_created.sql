-- expect: restored
-- setup
create table t (id int primary key);
-- change
create materialized view mv as select id from t;
create unique index i on mv (id);
create materialized view mv2 as select id from mv with no data;
