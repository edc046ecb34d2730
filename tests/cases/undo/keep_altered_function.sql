-- expect: conflict
-- on conflict: keep
-- conflict: altered function public.f()
-- setup
create function f() returns int language sql as 'select 1';
-- change
create or replace function f() returns int language sql as 'select 2';
-- application
create or replace function f() returns int language sql as 'select 3';
