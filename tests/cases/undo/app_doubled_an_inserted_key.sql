-- expect: stopped: several rows of "public"."c" have the key id = 3
-- setup
create table c (id int primary key, v int);
insert into c values (1, 1), (2, 2);
-- change
insert into c values (3, 3);
-- application
alter table c drop constraint c_pkey;
insert into c values (3, 3);
