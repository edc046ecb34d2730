-- expect: conflict
-- conflict: altered function public.total(integer)
-- setup
create table t (id int primary key);
-- change
create aggregate total (int) (sfunc = int4pl, stype = int);
-- application
create or replace aggregate total (int) (sfunc = int4mi, stype = int);
