-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, a int, b int);
insert into t values (1, 2, 3);
create materialized view mv as select id, b from t;
create index mv_b on mv (b);
create materialized view empty as select b from t with no data;
-- change
alter table t drop column b cascade;
