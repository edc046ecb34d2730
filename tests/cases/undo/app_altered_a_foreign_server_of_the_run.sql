-- expect: conflict
-- conflict: altered server far
-- superuser
create foreign data wrapper far;
grant usage on foreign data wrapper far to app_owner;
-- setup
create table t (id int primary key);
-- change
create server far foreign data wrapper far;
-- application
grant usage on foreign server far to case_reader;
