-- expect: restored
-- caveat: content
-- setup
create table t (id int primary key);
insert into t values (7);
create materialized view mv as select id from t;
create unique index i on mv (id);
-- change
update t set id = 8;
refresh materialized view concurrently mv;
