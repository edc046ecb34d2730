-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
insert into t select i, i, i from generate_series(1, 10) i;
-- change
alter table t add column s int generated always as (a + b) stored;
