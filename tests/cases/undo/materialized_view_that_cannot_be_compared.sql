-- expect: refused: cannot be computed again
-- setup
create table t (id int primary key);
create materialized view mv as select 1 / id as a from t;
insert into t values (0);
-- change
drop materialized view mv;
