-- expect: restored
-- setup
create table t (id int, d int, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
insert into t values (1, 1);
-- change
update t set id = 2;
