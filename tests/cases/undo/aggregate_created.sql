-- expect: refused: pg_aggregate
-- setup
create table kept (id int);
-- change
create aggregate my_sum (int) (sfunc = int4pl, stype = int, initcond = '0');
