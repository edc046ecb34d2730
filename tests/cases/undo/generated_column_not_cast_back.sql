-- expect: refused: generated values of type text are not cast to bigint
-- majors: 17 18
-- setup
create table t (id int primary key, a int, g bigint generated always as (a * 2) stored);
insert into t values (1, 1);
-- change
alter table t alter column g type text;
