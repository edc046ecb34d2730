-- expect: restored
-- setup
create table t (id int primary key);
-- change
alter default privileges grant select on tables to case_reader;
alter default privileges revoke execute on functions from public;
alter default privileges grant usage on schemas to case_reader with grant option;
