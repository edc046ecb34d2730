-- expect: restored
-- setup
create function f(x int) returns int language sql as 'select x';
grant execute on function f(int) to case_reader;
create view v as select f(1) as f;
-- change
drop function f(int) cascade;
create function f(x int, y int default 1) returns text language sql as 'select 1::text';
create view v as select f(1, 2) as f;
