-- Nothing needs it: it is dropped before the table, and made again.
-- expect: restored
-- setup
create function f() returns int language sql stable return 1;
grant execute on function f() to case_reader;
comment on function f() is 'one';
-- change
create table t (id int primary key);
create or replace function f() returns int language sql stable return (select id from t);
