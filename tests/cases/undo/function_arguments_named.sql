-- expect: restored
-- setup
create function f(int, int) returns int language sql as 'select $1';
-- change
create or replace function f(a int, b int) returns int language sql as 'select a + b';
