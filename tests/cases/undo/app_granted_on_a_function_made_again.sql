-- expect: conflict
-- conflict: altered privileges, comments or settings of function public.f(integer)
-- setup
create function f(a int) returns int language sql as 'select a';
-- change
drop function f(int);
create function f(a int) returns bigint language sql as 'select a::bigint';
-- application
revoke execute on function f(int) from public;
grant execute on function f(int) to case_reader;
