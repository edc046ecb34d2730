-- expect: refused: cannot be computed again
-- setup
create table t (id int primary key);
create materialized view mv as select id from t;
insert into t values (1);
-- change
drop materialized view mv;
