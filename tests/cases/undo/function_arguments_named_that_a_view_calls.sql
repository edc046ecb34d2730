-- expect: refused: it was there before
-- setup
create function f(int) returns int language sql immutable as 'select $1';
create view v as select f(1) as f;
-- change
create or replace function f(a int) returns int language sql immutable as 'select a + 1';
