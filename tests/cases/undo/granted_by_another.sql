-- expect: refused: granted by
-- setup
create table t (id int primary key);
grant select on t to case_writer with grant option;
-- superuser
set role case_writer;
grant select on t to case_reader;
-- change
revoke select on t from case_writer cascade;
