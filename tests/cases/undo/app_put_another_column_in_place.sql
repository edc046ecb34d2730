-- expect: stopped: column a of "public"."c" is called a_old now, and another one has its name
-- setup
create table c (id int primary key, a text, w int);
insert into c values (1, 'one', 1), (2, 'two', 1);
-- change
update c set a = null where id = 1;
-- application
alter table c rename column a to a_old;
alter table c add column a text;
