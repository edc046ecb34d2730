-- expect: restored
-- setup
create function f(x int, y text default 'z') returns text language sql immutable strict cost 7 set search_path = pg_catalog as $$ select 'old' || x || y $$;
comment on function f(int, text) is 'f';
grant execute on function f(int, text) to case_reader;
revoke execute on function f(int, text) from public;
create function g(inout a int, out b int) language plpgsql as 'begin b := a; end';
create procedure p(x int) language plpgsql as 'begin null; end';
create function gone(t1 text, variadic t2 int[]) returns setof record language sql security definer rows 5 as 'select 1, 2';
comment on function gone(text, int[]) is 'gone';
grant execute on function gone(text, int[]) to case_writer;
-- change
create or replace function f(x int, y text default 'q') returns text language sql volatile as $$ select 'new' || x || y $$;
create or replace function g(inout a int, out b int) language plpgsql as 'begin b := a + 1; end';
drop procedure p(int);
drop function gone;
create function gone() returns int language sql as 'select 1';
grant execute on function f(int, text) to case_writer;
