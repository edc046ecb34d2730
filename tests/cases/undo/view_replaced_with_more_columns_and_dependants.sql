-- expect: refused: view
-- setup
create table t (id int primary key, a int, b text);
create view v1 as select id, a from t;
create view v2 as select * from v1;
-- change
create or replace view v1 as select id, a, b from t;
