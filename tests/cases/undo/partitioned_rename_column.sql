-- expect: restored
-- setup
create table t (id int, d int, a int, b int, constraint c check (a > 0)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 (b int, a int, d int, id int, constraint c check (a > 0));
alter table t attach partition t2 for values in (2);
insert into t values (1, 1, 10, 20), (2, 2, 30, 40);
create index t_a on t (a);
-- change
alter table t rename column a to x;
alter table t rename column b to a;
alter table t rename column x to b;
alter table t rename constraint c to c2;
alter table t rename to tt;
alter index t_a rename to tt_a;
