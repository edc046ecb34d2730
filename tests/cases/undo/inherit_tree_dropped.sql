-- expect: restored
-- setup
create table base (id int, v text);
create table child (id int, v text, more int);
alter table child inherit base;
insert into base values (1, 'a');
insert into child values (2, 'b', 3);
-- change
drop table base cascade;
