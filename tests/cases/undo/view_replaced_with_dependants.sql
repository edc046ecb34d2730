-- expect: restored
-- setup
create table t (id int primary key, a int, b text);
create view v1 as select id, a from t;
create view v2 as select * from v1;
comment on view v1 is 'one';
-- change
create or replace view v1 as select id, a + 1 as a from t where id > 5;
comment on view v1 is 'changed';
