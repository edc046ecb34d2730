-- expect: conflict
-- conflict: altered privileges, comments or settings of schema "s"
-- setup
create schema s;
-- change
drop schema s;
create schema s;
-- application
alter default privileges in schema s grant select on tables to case_reader;
