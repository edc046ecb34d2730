-- expect: restored
-- setup
create table p (k int, r int, primary key (k, r)) partition by list (k);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2);
create table tree (id int primary key, up bigint references tree, k int, r int, foreign key (k, r) references p);
create table loose (up int references tree on delete cascade);
insert into p values (1, 1), (1, 2), (2, 1), (2, 2);
insert into tree values (1, null, 1, 1), (2, 1, 1, 2), (3, 2, 2, null), (4, 1, null, null), (5, 4, 2, 1);
insert into loose values (1), (2), (2), (5);
-- change
delete from tree where id in (2, 3, 5);
delete from p where k = 1 and r = 2;
insert into tree values (6, 1, 2, 2);
update tree set up = 6, k = 2, r = 2 where id = 4;
insert into loose values (6);
