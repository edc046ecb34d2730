-- expect: refused: column "public"."c"."g"
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, g int generated always as (f(a)) stored);
insert into c (id, a) values (1, 1), (2, 2);
create or replace function f(int) returns int immutable language sql as 'select $1 * 3';
-- change
update c set id = id + 10;
