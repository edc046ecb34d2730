-- expect: restored
-- setup
create table t (id int, d int, v text) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2) partition by range (id);
create table t2a partition of t2 for values from (0) to (100);
create index t_v on t (v);
alter index t1_v_idx rename to named;
alter index t2a_v_idx set (fillfactor = 60);
comment on index named is 'of t1';
insert into t values (1, 1, 'a'), (2, 2, 'b');
-- change
drop index t_v;
