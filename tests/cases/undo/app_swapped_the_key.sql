-- expect: stopped: column id of "public"."c" is called other now
-- setup
create table c (id int primary key, other int not null unique, v int);
insert into c values (1, 2, 10), (2, 1, 20);
-- change
update c set v = 99;
-- application
alter table c rename column id to x;
alter table c rename column other to id;
alter table c rename column x to other;
