-- expect: restored
-- setup
create table base (id int, v text);
create table child (id int primary key, v text, more int);
alter table child inherit base;
insert into child values (1, 'a', 2);
-- change
drop table child;
