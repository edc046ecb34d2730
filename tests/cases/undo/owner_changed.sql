-- expect: refused: owner
-- superuser
grant case_reader to app_owner;
do $$ begin execute format('grant create on schema public to case_reader'); end $$;
-- setup
create table t (id int);
-- change
alter table t owner to case_reader;
