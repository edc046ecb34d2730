-- expect: conflict
-- conflict: altered owner of "public"."t"
-- superuser
grant case_reader, case_writer to app_owner;
-- setup
create table t (id int primary key);
grant all on schema public to case_reader, case_writer;
-- change
alter table t owner to case_writer;
-- application
alter table t owner to case_reader;
