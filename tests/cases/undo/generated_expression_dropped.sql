-- expect: refused: generation
-- setup
create table t (id int primary key, a int generated always as (id * 2) stored);
insert into t values (1);
-- change
alter table t alter column a drop expression;
