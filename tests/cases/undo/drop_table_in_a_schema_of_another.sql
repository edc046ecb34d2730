-- expect: refused: may not create anything in its schema
-- superuser
create schema s;
grant usage, create on schema s to app_owner;
-- setup
create table s.t (id int primary key);
-- superuser
revoke create on schema s from app_owner;
-- change
drop table s.t;
