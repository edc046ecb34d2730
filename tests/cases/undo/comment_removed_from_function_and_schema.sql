-- expect: refused: pg_description
-- setup
create function f(x int) returns int language sql as 'select x';
comment on function f(int) is 'was';
-- change
comment on function f(int) is null;
