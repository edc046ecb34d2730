-- expect: restored
-- setup
create table p (id int primary key, v int);
insert into p values (1, 1);
-- change
alter table p add column x int;
-- application
create table child (x int) inherits (p);
insert into child (id, v, x) values (5, 5, 5);
-- survives
select id, v, x from child
