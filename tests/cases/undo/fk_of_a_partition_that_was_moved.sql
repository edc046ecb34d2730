-- expect: restored
-- setup
create table p (id int primary key, v int);
create table child (id int, p int references p on delete cascade) partition by range (id);
create table c1 partition of child for values from (0) to (10);
create table c2 partition of child for values from (10) to (20);
insert into p values (1, 1), (2, 2);
insert into child values (1, 1), (11, 1);
create schema away;
-- change
update p set v = 5;
insert into p values (3, 3);
-- change
alter table child detach partition c2;
alter table c2 set schema away;
alter table away.c2 rename to gone;
-- change
alter table child rename column p to q;
create table c3 partition of child for values from (20) to (30);
drop table c1;
-- change
drop table child cascade;
