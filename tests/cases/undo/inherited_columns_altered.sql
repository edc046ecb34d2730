-- expect: restored
-- caveat: column order
-- setup
create table base (id int, v text default 'x', w int, gone int default 5, both_of int);
create table child (more int, both_of int, primary key (id)) inherits (base);
create table grandchild () inherits (child);
alter table base add primary key (id);
alter table grandchild add primary key (id);
alter table child alter gone set default 6;
comment on column grandchild.gone is 'of grandchild';
insert into base values (1, 'a', 1, 1, 1);
insert into child values (2, 'b', 2, 2, 2, 3);
insert into grandchild values (3, 'c', 3, 3, 3, 4);
-- change
alter table base add column fresh text default 'new';
alter table base rename column w to ww;
alter table base alter v set default 'y';
alter table base drop column gone;
