-- One partition has had an equal index, which becomes part of it.
-- expect: restored
-- setup
create table t (id int, d int, v text) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2) partition by range (id);
create table t2a partition of t2 for values from (0) to (100);
create index mine on t1 (v) with (fillfactor = 50);
comment on index mine is 'mine';
create index whole on t2 (v);
insert into t values (1, 1, 'a'), (2, 2, 'b');
-- change
create index t_v on t (v);
create unique index t_id on t (id, d) where d > 0;
