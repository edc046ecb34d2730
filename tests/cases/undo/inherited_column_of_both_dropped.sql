-- The child has defined it, too.
-- expect: restored
-- caveat: column order
-- setup
create table base (id int primary key, v text);
create table child (v text, id int primary key) inherits (base);
insert into base values (1, 'a');
insert into child (id, v) values (2, 'b');
-- change
alter table base drop column v;
-- change
alter table child drop column v;
