-- expect: refused: function public.f()
-- setup
create function f() returns int language sql as 'select 1';
-- change
alter function f() depends on extension plpgsql;
