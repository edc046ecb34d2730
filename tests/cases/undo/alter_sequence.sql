-- expect: restored
-- setup
create sequence q;
create sequence small as smallint maxvalue 9;
-- change
alter sequence q increment 5 minvalue -7 maxvalue 70 start 3 cache 4 cycle;
alter sequence small as bigint no maxvalue;
