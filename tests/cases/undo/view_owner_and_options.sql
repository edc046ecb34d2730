-- expect: restored
-- superuser
grant case_writer to app_owner;
grant create on schema public to case_writer;
-- setup
create table t (id int primary key, a int);
create view v with (security_barrier = true) as select id, a from t;
grant select (a) on v to case_reader;
create view w as select id from v;
alter view w owner to case_writer;
-- change
alter view v set (check_option = cascaded, security_barrier = false);
alter view v owner to case_writer;
alter view w owner to current_user;
alter view v alter column a set default 5;
create or replace view w as select id, a from v;
