-- expect: restored
-- setup
create schema s;
create sequence q;
create type mood as enum ('a');
create table t (id int primary key, a int, b text);
create view v as select a from t;
create function f() returns int language sql as 'select 1';
create table granted (id int primary key, a int);
grant select, insert on granted to case_reader;
grant update (a) on granted to case_writer with grant option;
grant select on granted to public;
revoke execute on function f() from public;
-- change
grant select on t to case_reader;
grant select (a), update (b) on t to case_writer;
grant all on t to case_writer with grant option;
grant select on v to public;
grant usage on sequence q to case_reader;
grant execute on function f() to case_reader;
grant usage, create on schema s to case_reader with grant option;
grant usage on type mood to case_reader;
revoke usage on type mood from public;
grant select on granted to case_reader;
revoke insert on granted from case_reader;
revoke update (a) on granted from case_writer;
revoke select on granted from public;
