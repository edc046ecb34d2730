-- expect: restored
-- setup
create function a() returns int language sql return 1;
create function c() returns int language sql return 5;
create function b() returns int language sql return a() + c();
create or replace function a() returns int language sql return 2;
create function z() returns int language sql return b() + a();
-- change
drop function a, b, c, z;
