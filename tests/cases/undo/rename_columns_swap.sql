-- expect: restored
-- setup
create table t (id int primary key, a int, b int, c int);
insert into t values (1, 1, 2, 3);
create view v as select a, b from t;
-- change
alter table t rename column a to x;
alter table t rename column b to a;
alter table t rename column x to b;
update t set a = 10 where b = 1;
