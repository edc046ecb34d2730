-- expect: stopped: several rows of "public"."c" have the key id = 1
-- setup
create table c (id int primary key, v int);
insert into c values (1, 1), (2, 2);
-- change
alter table c drop column v;
-- application
alter table c drop constraint c_pkey;
insert into c values (1);
