-- expect: refused: with it the expression
-- majors: 15 16
-- setup
create table t (id int primary key, a int, g int generated always as (a + 1) stored);
insert into t values (1, 1);
-- change
alter table t alter column g type bigint;
