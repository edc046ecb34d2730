-- expect: refused
-- setup
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
insert into t values (1, 1);
-- change
alter table t alter id type text;
