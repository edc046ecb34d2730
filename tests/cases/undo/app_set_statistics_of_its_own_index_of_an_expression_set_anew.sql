-- expect: restored
-- majors: 17 18
-- setup
create table t (id int primary key, n int, g int generated always as (n + 1) stored);
insert into t (id, n) values (1, 1);
-- change
alter table t alter g set expression as (n + 2);
-- application
create index if not exists x on t ((g * 2));
alter index x alter column 1 set statistics 20;
