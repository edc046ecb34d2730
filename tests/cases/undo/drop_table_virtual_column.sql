-- expect: restored
-- majors: 18
-- setup
create table t (id int primary key, g int generated always as (id * 2) virtual);
-- change
drop table t;
