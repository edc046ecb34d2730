-- expect: conflict
-- conflict: altered function public.f(integer)
-- setup
create table t (id int primary key);
-- change
create function f(x int) returns int language sql as 'select x';
-- application
drop function f(int);
