-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."c" id = 1 a -> restored
-- conflict: exists "public"."c" id = 3 -> restored
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, note text, g int generated always as (f(a)) stored unique);
insert into c (id, a) values (1, 1), (2, 2), (3, 3);
-- change
update c set a = a + 10;
delete from c where id = 3;
-- application
update c set a = 77 where id = 1;
insert into c (id, a) values (3, 99);
