-- expect: refused: an extension
-- superuser
drop extension plpgsql;
-- setup
create table t (id int);
-- change
create extension plpgsql;
