-- expect: refused: default privileges
-- setup
create table t (id int primary key);
-- change
alter default privileges grant select on tables to case_reader;
