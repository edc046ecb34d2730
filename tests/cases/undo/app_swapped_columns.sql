-- expect: stopped: column a of "public"."c" is called b now
-- setup
create table c (id int primary key, a int, b int);
insert into c values (1, 10, 0), (2, 20, 0);
-- change
update c set a = 0;
-- application
alter table c rename column a to x;
alter table c rename column b to a;
alter table c rename column x to b;
