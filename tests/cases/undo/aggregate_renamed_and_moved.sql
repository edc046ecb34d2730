-- expect: restored
-- setup
create schema s;
create aggregate total (int) (sfunc = int4pl, stype = int);
-- change
alter aggregate total(int) rename to sum_up;
alter aggregate sum_up(int) set schema s;
