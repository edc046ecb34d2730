-- expect: restored
-- caveat: content
-- caveat: not turned
-- caveat: commutes not
-- setup
create table t (id int primary key);
insert into t values (5);
create materialized view m as select id from t;
-- change
refresh materialized view m;
-- application
delete from t where id = 5;
