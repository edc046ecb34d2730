-- expect: restored
-- setup
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
create table rest (id int, d int);
insert into rest values (3, 3);
-- change
alter table t attach partition rest default;
