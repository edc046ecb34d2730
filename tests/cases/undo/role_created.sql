-- expect: refused: a role
-- superuser
alter role app_owner createrole;
-- setup
create table t (id int);
-- change
do $$ begin create role case_fresh; end $$;
