-- expect: restored
-- caveat: not turned
-- setup
create table base (id int primary key, v text default 'x', constraint c check (id > 0));
insert into base values (1, 'a');
-- change
create table child (more int) inherits (base);
insert into child values (2, 'b', 3);
create table grandchild () inherits (child);
create table lonely (id int);
create table heir () inherits (lonely, base);
