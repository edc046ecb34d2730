-- expect: conflict
-- setup
create table t (id int, d int) partition by range (d);
create table t1 partition of t for values from (0) to (10);
-- change
alter table t detach partition t1;
-- application
insert into t1 values (1, 99);
