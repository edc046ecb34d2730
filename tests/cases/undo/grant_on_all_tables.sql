-- expect: restored
-- setup
create schema s;
create table s.a (id int); create table s.b (id serial); create view s.v as select 1 as x;
grant select on s.a to case_reader;
-- change
grant select, insert on all tables in schema s to case_reader;
grant usage on all sequences in schema s to case_reader;
