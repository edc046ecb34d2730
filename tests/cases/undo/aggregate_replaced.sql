-- expect: restored
-- setup
create aggregate total (int) (sfunc = int4pl, stype = int, initcond = '0');
create view v as select total(x) from generate_series(1, 3) x;
-- change
create or replace aggregate total (int) (sfunc = int4mi, stype = int, initcond = '5', parallel = safe);
