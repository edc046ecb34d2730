-- A partition is replaced by another of the same bound and name.
-- expect: restored
-- setup
create table t (id int, d int, v text, primary key (id, d)) partition by list (d);
create index t_v on t (v);
create table t1 partition of t for values in (1);
insert into t values (1, 1, 'old');
-- change
create table fresh (like t including all);
insert into fresh values (1, 1, 'new');
alter table t detach partition t1;
alter table t1 rename to t1_old;
alter table fresh rename to t1;
alter table t attach partition t1 for values in (1);
