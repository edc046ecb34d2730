-- expect: restored
-- superuser
grant case_writer to app_owner;
do $$ begin execute format('grant create on database %I to case_writer', current_database()); end $$;
-- setup
create schema s;
grant usage on schema s to case_reader;
grant usage on schema s to case_writer;
-- change
alter schema s owner to case_writer;
comment on schema s is 's';
