-- expect: restored
-- setup
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
insert into t values (1, 1), (2, 2);
-- change
create index t_id on only t (id);
create index t1_own on t1 (id);
alter index t_id attach partition t1_own;
-- change
create index t2_own on t2 (id);
alter index t_id attach partition t2_own;
