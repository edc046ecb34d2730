-- expect: refused: it was dropped
-- setup
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
-- change
drop table t;
