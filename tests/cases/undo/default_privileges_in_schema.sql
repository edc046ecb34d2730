-- expect: restored
-- setup
create schema s;
alter default privileges in schema s grant select, insert on tables to case_reader with grant option;
alter default privileges in schema s grant usage on sequences to case_writer;
-- change
alter default privileges in schema s revoke insert on tables from case_reader;
alter default privileges in schema s revoke grant option for select on tables from case_reader;
alter default privileges in schema s revoke usage on sequences from case_writer;
alter default privileges in schema s grant usage on types to case_writer;
create table s.t (id int primary key);
