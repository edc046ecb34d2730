-- expect: restored
-- setup
create table uses (id int primary key, item int);
insert into uses values (1, 1), (2, 2);
create table items (id int primary key, v int);
create table leases (id int primary key, old int references items);
-- change
insert into items select item from uses;
insert into leases values (1, 1);
-- change
alter table uses add foreign key (item) references items;
-- change
update items set v = 1;
create table fresh (id int primary key, v int);
-- change
insert into fresh select * from items;
-- change
alter table leases drop constraint leases_old_fkey, add foreign key (old) references fresh;
-- change
update fresh set v = 2;
