-- expect: restored
-- setup
create table t (id int, d int, e int) partition by list (d);
create table t1 partition of t for values in (1) partition by hash (e);
create index t_e on t (e);
-- change
create table t1a partition of t1 for values with (modulus 2, remainder 0);
create table t1b partition of t1 for values with (modulus 2, remainder 1);
create table t2 partition of t for values in (2) partition by range (e);
create table t2a partition of t2 for values from (0) to (10);
insert into t values (1, 1, 1), (2, 2, 2);
