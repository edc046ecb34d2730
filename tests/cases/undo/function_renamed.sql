-- expect: refused: function
-- setup
create function f(x int) returns int language sql as 'select x';
-- change
alter function f(int) rename to g;
