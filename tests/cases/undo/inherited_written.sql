-- expect: restored
-- setup
create table base (id int primary key);
create table child (v text) inherits (base);
insert into child values (1, 'a');
-- change
update base set id = 2;
