-- expect: conflict
-- conflict: referenced "public"."items" id = 1
-- conflict: referenced "public"."items" id = 2
-- setup
create table uses (id int primary key, item int);
create table items (id int primary key, v int);
create table leases (id int primary key, item int references items);
-- change
insert into items values (1, 1), (2, 2), (3, 3);
-- change
alter table uses add foreign key (item) references items;
-- change
update items set v = 1;
-- application
insert into leases values (1, 1), (2, 2);
insert into uses values (3, 3);
