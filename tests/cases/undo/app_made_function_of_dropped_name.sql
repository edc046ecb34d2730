-- expect: conflict
-- conflict: altered function public.f(integer)
-- setup
create function f(x int) returns int language sql as 'select x';
-- change
drop function f(int);
-- application
create function f(x int) returns int language sql as 'select 9';
