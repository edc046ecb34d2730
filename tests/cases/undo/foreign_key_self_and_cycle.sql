-- expect: restored
-- setup
create table emp (id int primary key, boss int references emp on delete cascade, best int references emp on delete set null);
insert into emp values (1, null, null), (2, 1, 1), (3, 2, 1), (4, 3, 2), (5, 1, 4);
create table a (id int primary key, b int); create table b (id int primary key, a int references a deferrable initially deferred);
alter table a add foreign key (b) references b;
insert into b select i from generate_series(1, 5) i; insert into a select i, i from generate_series(1, 5) i; update b set a = id;
-- change
delete from emp where id = 2;
update emp set best = 1;
update a set b = null where id < 3;
delete from b where id < 3;
delete from a where id < 3;
insert into emp values (10, 11, null), (11, 10, 10);
