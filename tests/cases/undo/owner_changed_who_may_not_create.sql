-- expect: refused: may not create anything in its schema
-- superuser
grant case_writer to app_owner;
create schema s;
grant create, usage on schema s to app_owner, case_writer;
-- setup
create table s.t (id int);
alter table s.t owner to case_writer;
-- superuser
revoke create on schema s from case_writer;
-- change
alter table s.t owner to current_user;
