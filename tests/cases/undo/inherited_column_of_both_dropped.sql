-- The child has defined it, too.
-- expect: restored
-- setup
create table base (id int primary key, v text);
create table child (id int primary key, v text) inherits (base);
insert into base values (1, 'a');
insert into child (id, v) values (2, 'b');
-- change
alter table base drop column v;
-- change
alter table child drop column v;
