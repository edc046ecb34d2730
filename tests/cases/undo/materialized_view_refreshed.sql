-- expect: restored
-- caveat: content
-- setup
create table t (id int primary key);
insert into t values (7);
create materialized view mv as select id from t;
create materialized view later as select id from t with no data;
-- change
insert into t values (1);
refresh materialized view mv;
refresh materialized view later;
