-- expect: refused: server far
-- superuser
create foreign data wrapper far;
create server far foreign data wrapper far;
alter server far owner to app_owner;
-- setup
create table t (id int primary key);
-- change
grant usage on foreign server far to case_reader;
