-- expect: restored
-- setup
create table t (id int, d int, v text) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
insert into t values (1, 1, 'a'), (1, 1, 'a'), (2, 2, 'b');
-- change
update t set d = 3 - d;
