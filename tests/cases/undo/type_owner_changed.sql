-- expect: restored
-- superuser
grant case_writer to app_owner;
-- setup
grant all on schema public to case_writer;
create type mood as enum ('a');
grant usage on type mood to case_writer with grant option;
create type pair as (a int);
create type span as range (subtype = int);
-- change
alter type mood owner to case_writer;
alter type pair owner to case_writer;
alter type span owner to case_writer;
