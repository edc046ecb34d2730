-- expect: restored
-- caveat: not turned
-- superuser
create foreign data wrapper far;
grant usage on foreign data wrapper far to app_owner;
-- setup
create table t (id int primary key);
-- change
create server far foreign data wrapper far;
comment on server far is 'far';
