-- expect: stopped: column a of "public"."c" is not the column that the run left, which was dropped
-- setup
create table c (id int primary key, a text);
insert into c values (1, 'one'), (2, 'two');
-- change
update c set a = null;
-- application
alter table c drop column a;
alter table c add column a text;
