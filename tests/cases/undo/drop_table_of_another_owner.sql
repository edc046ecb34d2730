-- expect: restored
-- superuser
grant case_writer to app_owner;
grant create on schema public to case_writer;
-- setup
create table t (id serial primary key, v text);
create view v as select id from t;
grant select on t to case_reader;
alter table t owner to case_writer;
alter view v owner to case_writer;
-- change
drop view v;
drop table t;
