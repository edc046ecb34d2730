-- expect: restored
-- caveat: unlogged
-- setup
create sequence q;
create unlogged sequence u;
select nextval('q'), nextval('u');
-- change
alter sequence q set unlogged;
alter sequence u set logged;
