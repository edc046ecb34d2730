-- expect: refused: a user mapping
-- superuser
create foreign data wrapper far;
create server far foreign data wrapper far;
alter server far owner to app_owner;
-- setup
create table t (id int primary key);
-- change
create user mapping if not exists for app_owner server far;
