-- What the application put back itself is no conflict.
-- expect: restored
-- caveat: commutes not
-- caveat: once
-- setup
create table c (id int primary key, a int default 1, b int default 1, d int);
-- change
alter table c alter a set default 2, alter b drop default, alter d set default 1;
-- application
alter table c alter a set default 1, alter b set default 1, alter d drop default;
-- survives
select pg_catalog.pg_get_expr(adbin, adrelid) from pg_catalog.pg_attrdef where adrelid = 'c'::regclass order by adnum;
