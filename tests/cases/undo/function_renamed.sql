-- expect: restored
-- setup
create schema s;
create function f(x int) returns int language sql as 'select x';
create function h(x int) returns int language sql as 'select x';
-- change
alter function f(int) rename to g;
create function f(x int) returns text language sql as 'select 1::text';
alter function h(int) set schema s;
alter function s.h(int) rename to hh;
comment on function g(int) is 'g';
