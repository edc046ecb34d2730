-- expect: restored
-- setup
create table p (id int primary key, v int);
insert into p values (1, 1);
-- change
alter table p add column x int default 7, add column y text;
-- application
create table child () inherits (p);
insert into child (id, v) values (5, 5);
