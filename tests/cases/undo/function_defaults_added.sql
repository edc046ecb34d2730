-- expect: restored
-- setup
create function f(x int, y int) returns int language sql as 'select x';
comment on function f(int, int) is 'f';
grant execute on function f(int, int) to case_reader;
revoke execute on function f(int, int) from public;
-- change
create or replace function f(x int, y int default 3) returns int language sql as 'select x + y';
