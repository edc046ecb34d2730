-- ATTACH could take the other one.
-- expect: refused: reads the same
-- setup
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
create index t1_own on t1 (id);
create index t_id on t (id);
create index t1_more on t1 (id);
-- change
alter table t detach partition t1;
