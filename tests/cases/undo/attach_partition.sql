-- expect: refused
-- setup
create table t (id int, d int) partition by list (d);
create table t1 (id int, d int);
-- change
alter table t attach partition t1 for values in (1);
