-- expect: restored
-- setup
create sequence q;
select nextval('q'), nextval('q');
-- change
alter sequence q increment -1 minvalue -100 maxvalue -5 start -5 restart;
select nextval('q');
