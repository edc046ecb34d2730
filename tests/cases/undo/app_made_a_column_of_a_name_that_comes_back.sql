-- expect: stopped: column v of "public"."c" was made since, and one of that name comes back
-- setup
create table c (id int primary key, v int);
insert into c values (1, 1);
-- change
alter table c drop column v;
-- application
alter table c add column v int default 4;
