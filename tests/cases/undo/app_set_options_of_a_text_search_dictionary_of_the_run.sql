-- expect: conflict
-- conflict: altered text search dictionary public.plain
-- setup
create table t (id int primary key);
-- change
create text search dictionary plain (template = pg_catalog.simple);
-- application
alter text search dictionary plain (accept = false);
