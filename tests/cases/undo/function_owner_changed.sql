-- expect: restored
-- superuser
grant case_writer to app_owner;
-- setup
grant all on schema public to case_writer;
create function f(x int) returns int language sql as 'select x';
grant execute on function f(int) to case_reader;
grant execute on function f(int) to case_writer;
revoke execute on function f(int) from public;
create procedure p() language sql as '';
create aggregate total (int) (sfunc = int4pl, stype = int);
-- change
alter function f(int) owner to case_writer;
alter procedure p() owner to case_writer;
alter aggregate total(int) owner to case_writer;
