-- expect: restored
-- setup
create schema s;
create type mood as enum ('a');
create function a(mood) returns int language sql as 'select 1';
create function b(mood) returns int language sql as 'select 2';
create function s.c() returns int language sql as 'select 3';
create function d() returns int language sql as 'select 4';
-- change
alter function a(mood) rename to x;
alter function b(mood) rename to a;
alter function x(mood) rename to b;
alter type mood rename to feeling;
alter function d() set schema s;
alter function s.c() set schema public;
alter function s.d() rename to c;
alter function public.c() rename to d;
