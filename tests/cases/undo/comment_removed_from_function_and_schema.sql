-- expect: restored
-- setup
create schema s;
comment on schema s is 'was';
create function f(x int) returns int language sql as 'select x';
comment on function f(int) is 'was';
-- change
comment on function f(int) is null;
comment on schema s is null;
