-- expect: refused: materialized view
-- setup
create table t (id int primary key, a int, b int);
create materialized view mv as select id, b from t;
-- change
alter table t drop column b cascade;
