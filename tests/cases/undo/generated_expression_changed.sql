-- expect: restored
-- majors: 18
-- setup
create table t (id int primary key, a int, g int generated always as (a * 2) stored, v int generated always as (a) virtual);
insert into t values (1, 5);
-- change
alter table t alter column g set expression as (a + 1), alter column v set expression as (a * 7);
alter table t rename column a to b;
