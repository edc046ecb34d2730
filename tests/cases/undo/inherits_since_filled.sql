-- expect: stopped: a table was made since that holds values of the added column x: public.child
-- setup
create table p (id int primary key, v int);
insert into p values (1, 1);
-- change
alter table p add column x int;
-- application
create table child () inherits (p);
insert into child values (5, 5, 5);
