-- expect: restored
-- setup
create sequence q;
alter sequence q restart with 50;
create sequence down increment -1;
select nextval('down'), nextval('down');
-- change
drop sequence q;
drop sequence down;
