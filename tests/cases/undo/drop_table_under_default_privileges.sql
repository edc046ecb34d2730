-- expect: restored
-- setup
alter default privileges grant select on tables to case_reader;
create table given (id int primary key);
create table taken (id int primary key);
revoke all on taken from case_reader;
create table own (id int primary key, a int);
revoke insert on own from current_user;
grant select (a) on own to case_writer;
-- change
drop table given, taken, own;
