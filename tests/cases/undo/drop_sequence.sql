-- expect: restored
-- setup
create sequence q as smallint increment 3 minvalue 2 maxvalue 500 start 5 cache 7 cycle;
select nextval('q'), nextval('q');
comment on sequence q is 'numbers';
grant usage on sequence q to case_reader;
-- change
drop sequence q;
