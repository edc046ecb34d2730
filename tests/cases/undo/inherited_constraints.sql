-- expect: restored
-- setup
create table base (id int, v int, constraint gone check (v > 0), constraint own check (id > 0) no inherit);
create table child (constraint fresh check (v < 100)) inherits (base);
create table grandchild () inherits (child);
comment on constraint gone on grandchild is 'of grandchild';
insert into child values (1, 1);
-- change
alter table base add constraint fresh check (v < 100);
alter table base drop constraint gone;
alter table base drop constraint own;
alter table base alter id set not null;
