-- expect: restored
-- setup
create function f(x int) returns int language sql as 'select x';
-- change
alter function f(int) immutable security definer set work_mem = '1MB';
