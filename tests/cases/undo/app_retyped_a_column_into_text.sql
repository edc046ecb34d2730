-- expect: stopped: column v of "public"."c" was integer when the run ended, and is text now
-- setup
create table c (id int primary key, v int);
insert into c values (1, 1), (2, 2);
-- change
update c set v = 5 where id = 1;
-- application
alter table c alter v type text;
