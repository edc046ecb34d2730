-- expect: refused: foreign table
-- superuser
create foreign data wrapper w;
create server s foreign data wrapper w;
grant usage on foreign server s to app_owner;
-- setup
create table t (id int);
-- change
create foreign table if not exists f (id int) server s;
