-- expect: restored
-- superuser
grant case_writer to app_owner;
do $$ begin execute format('grant create on database %I to case_writer', current_database()); end $$;
-- setup
create table t (id int primary key, v text, n int);
create table u (id int primary key);
create table w (id int primary key);
create publication p for table t;
-- change
alter publication p owner to case_writer;
