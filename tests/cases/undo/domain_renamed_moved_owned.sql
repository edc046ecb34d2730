-- expect: restored
-- superuser
grant case_writer to app_owner;
-- setup
create schema s;
grant all on schema s, public to case_writer;
create domain d as int check (value > 0);
grant usage on domain d to case_reader;
-- change
alter domain d set schema s;
alter domain s.d rename to e;
alter domain s.e owner to case_writer;
