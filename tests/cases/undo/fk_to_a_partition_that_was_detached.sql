-- expect: restored
-- setup
create table p (id int primary key, v int) partition by range (id);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20);
create table child (id int primary key, p int references p on delete cascade);
insert into p values (1, 1), (11, 11);
insert into child values (1, 1);
-- change
update p set v = 5;
insert into p values (12, 12);
-- change
alter table p detach partition p2;
-- change
update p2 set v = 7;
