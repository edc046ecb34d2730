-- expect: restored
-- setup
create table t (id int, d int) partition by range (d);
create table t1 partition of t for values from (0) to (10);
insert into t values (1, 1);
-- change
alter table t detach partition t1;
alter table t attach partition t1 for values from (0) to (20);
