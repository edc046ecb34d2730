-- expect: settled
-- on conflict: keep
-- setup
create table c (a text, b text, v int, primary key (a, b));
insert into c values ('1, b = 2', '3', 1), ('1', '2, b = 3', 1);
-- change
delete from c;
-- application
insert into c values ('1', '2, b = 3', 99);
-- conflict: exists "public"."c" a = 1, b = '2, b = 3' -> kept
-- expected
update c set v = 99 where a = '1';
