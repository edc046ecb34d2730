-- expect: refused: an extension: it was created, altered or dropped
-- superuser
drop extension plpgsql;
-- setup
create table t (id int);
-- change
create extension if not exists plpgsql;
