-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
insert into t values (1, 1, 1);
create view v1 as select id, b from t;
create view v2 as select b from v1;
create materialized view other as select id from t;
-- change
alter table t drop column b cascade;
