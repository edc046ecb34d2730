-- What the application dropped itself cannot be restored.
-- expect: conflict
-- on conflict: restore
-- conflict: altered function public.f()
-- setup
create table t (id int primary key);
-- change
create function f() returns int language sql as 'select 1';
-- application
drop function f();
