-- expect: restored
-- superuser
grant case_writer to app_owner;
grant create on schema public to case_writer;
-- setup
create table t (id serial primary key, a int);
create index i on t (a);
create view v as select id from t;
create materialized view mv as select 1 as id;
create sequence q;
grant select on t to case_reader with grant option;
grant insert on t to case_writer;
grant update (a) on t to case_writer;
grant select (id) on t to public;
grant usage on sequence q to case_writer;
revoke delete on t from app_owner;
-- change
alter table t owner to case_writer;
alter view v owner to case_writer;
alter materialized view mv owner to case_writer;
alter sequence q owner to case_writer;
grant select on v to case_reader;
