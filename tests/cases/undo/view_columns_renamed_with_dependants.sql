-- expect: restored
-- setup
create table t (id int primary key, a int);
create view v1 as select id, a from t;
create view v2 as select id, a from v1;
-- change
alter view v1 rename column a to b;
alter table v2 rename column id to no;
