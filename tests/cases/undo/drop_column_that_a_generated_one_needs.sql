-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, a int, g int generated always as (a * 2) stored, b int);
insert into t (id, a, b) select i, i, i from generate_series(1, 10) i;
create index on t (g);
-- change
update t set a = a + 1 where id < 4;
alter table t drop column a cascade;
