-- expect: restored
-- setup
create function f(x int) returns int language sql as 'select x';
-- change
create function g() returns int language sql as 'select 1';
-- application
create or replace function f(x int) returns int language sql as 'select 7';
create function h() returns int language sql as 'select 1';
