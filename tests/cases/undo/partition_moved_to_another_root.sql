-- expect: restored
-- setup
create table t (id int, d int) partition by list (d);
create table u (id int, d int) partition by list (d);
create index t_id on t (id);
create table t1 partition of t for values in (1);
insert into t values (1, 1);
-- change
alter table t detach partition t1;
alter table u attach partition t1 for values in (1);
create index u_d on u (d);
