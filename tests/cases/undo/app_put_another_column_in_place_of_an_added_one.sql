-- expect: stopped: column note of "public"."c" is called note_old now
-- setup
create table c (id int primary key, a int);
insert into c values (1, 10), (2, 20);
-- change
alter table c add column note text;
-- application
alter table c rename column note to note_old;
alter table c add column note text;
