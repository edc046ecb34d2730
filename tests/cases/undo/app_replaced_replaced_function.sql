-- expect: conflict
-- conflict: altered function public.f(integer)
-- setup
create function f(x int) returns int language sql as 'select x';
-- change
create or replace function f(x int) returns int language sql as 'select 2';
-- application
create or replace function f(x int) returns int language sql as 'select 3';
