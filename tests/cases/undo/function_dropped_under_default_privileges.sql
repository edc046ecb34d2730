-- expect: restored
-- setup
create function f() returns int language sql as 'select 1';
alter default privileges grant execute on routines to case_reader;
alter default privileges revoke execute on routines from public;
-- change
drop function f();
