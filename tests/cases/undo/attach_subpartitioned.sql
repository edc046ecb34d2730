-- expect: restored
-- setup
create table t (id int not null, d int not null, e int) partition by list (d);
create index t_e on t (e);
create table t1 (id int not null, d int not null, e int) partition by range (e);
create table t1a partition of t1 for values from (0) to (10);
insert into t1 values (1, 1, 1);
-- change
alter table t attach partition t1 for values in (1);
