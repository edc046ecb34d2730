-- expect: restored
-- setup
create table base (id int primary key, v text);
create table child (more int, primary key (id)) inherits (base);
create table grandchild () inherits (child);
insert into base values (1, 'a');
insert into child values (1, 'b', 1), (2, 'c', 2);
insert into grandchild values (1, 'd', 1);
-- change
update base set v = v || '!';
delete from base where id = 2;
insert into child values (5, 'e', 5);
update only base set v = 'only';
-- application
insert into base values (7, 'z');
