-- expect: refused: a role
-- superuser
alter role app_owner createrole;
-- setup
create table t (id int);
-- change
create role case_fresh;
