-- expect: restored
-- setup
create table t (id int primary key);
-- change
create schema s;
alter default privileges in schema s grant select on tables to case_reader;
create table s.t (id int primary key);
