-- expect: restored
-- setup
create table p (id int primary key, v int);
insert into p values (1, 1);
-- change
alter table p add column g int generated always as (v * 2) stored, add column x int;
-- application
create table child () inherits (p);
insert into child (id, v) values (5, 5);
