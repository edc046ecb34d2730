-- expect: restored
-- majors: 18
-- setup
create table t (id int primary key, n int, g int generated always as (n * 2) virtual);
insert into t (id, n) select i, i from generate_series(1, 10) i;
-- change
update t set n = 7 where id < 3;
alter table t add column h int generated always as (n + 1);
delete from t where id = 9;
