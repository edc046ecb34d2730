-- expect: restored
-- setup
create schema "My s";
comment on schema "My s" is 's';
grant usage on schema "My s" to case_reader;
grant create on schema "My s" to case_writer with grant option;
-- change
drop schema "My s";
