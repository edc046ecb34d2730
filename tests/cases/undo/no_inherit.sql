-- expect: restored
-- setup
create table base (id int, v text, constraint c check (id > 0));
create table child (id int, v text, more int, constraint c check (id > 0));
alter table child inherit base;
insert into child values (2, 'b', 3);
-- change
alter table child no inherit base;
