-- expect: restored
-- setup
create table t (id int, d int, g int generated always as (id * 2) stored) partition by list (d);
create table t1 partition of t for values in (1);
create index t_g on t (g);
insert into t values (1, 1);
-- change
alter table t drop column g;
