-- expect: refused: materialized view
-- setup
create table t (id int primary key);
create materialized view mv as select id from t;
-- change
insert into t values (1);
refresh materialized view mv;
