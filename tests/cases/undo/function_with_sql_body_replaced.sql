-- expect: restored
-- setup
create table t (id int primary key, a int);
create function f(x int) returns int language sql stable return (select a from t where id = x);
-- change
create or replace function f(x int) returns int language sql stable return (select a + 1 from t where id = x);
alter table t rename to u;
