-- expect: restored
-- setup
create table kept (id int);
-- change
create aggregate my_sum (int) (sfunc = int4pl, stype = int, initcond = '0');
comment on aggregate my_sum(int) is 'sum';
