-- expect: stopped: a table was made since that holds values of the added column y: public.grandchild
-- setup
create table p (id int primary key, v int);
-- change
alter table p add column x int default 7, add column y text;
-- application
create table child () inherits (p);
create table grandchild (more int) inherits (child);
insert into child (id, v) values (5, 5);
insert into grandchild (id, v, y) values (6, 6, 'mine');
