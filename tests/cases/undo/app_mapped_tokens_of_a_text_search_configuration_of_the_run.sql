-- expect: conflict
-- conflict: altered text search configuration public.mine
-- setup
create table t (id int primary key);
-- change
create text search configuration mine (copy = pg_catalog.english);
-- application
alter text search configuration mine alter mapping for asciiword with simple;
