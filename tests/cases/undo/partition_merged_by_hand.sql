-- Two partitions become one, as it is done before MERGE PARTITIONS.
-- expect: restored
-- setup
create table t (id int primary key, v text) partition by range (id);
create index t_v on t (v);
create table t1 partition of t for values from (0) to (10);
create table t2 partition of t for values from (10) to (20);
insert into t values (1, 'a'), (11, 'b');
-- change
alter table t detach partition t1;
alter table t detach partition t2;
create table t12 partition of t for values from (0) to (20);
insert into t12 select * from t1 union all select * from t2;
drop table t1, t2;
