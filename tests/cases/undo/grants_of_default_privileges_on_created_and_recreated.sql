-- expect: restored
-- setup
alter default privileges grant select on tables to case_reader;
alter default privileges grant execute on functions to case_writer;
create table t (id int primary key, a int, b int);
create view v as select a from t;
revoke all on v from case_reader;
grant update on v to case_writer;
-- change
create table fresh (id int);
create function f() returns int language sql as 'select 1';
drop view v;
