-- expect: stopped: column w of "public"."c" is called z now
-- setup
create table c (id int primary key, v int);
insert into c values (1, 1);
-- change
alter table c rename column v to w;
update c set w = 2;
-- application
alter table c rename column w to z;
alter table c add column w int default 2;
