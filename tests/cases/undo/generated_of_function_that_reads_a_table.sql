-- expect: refused: column "public"."c"."g"
-- setup
create table cfg (k int);
insert into cfg values (2);
create function f(int) returns int immutable language sql as 'select $1 * k from public.cfg';
create table c (id int primary key, a int, g int generated always as (f(a)) stored);
insert into c (id, a) values (1, 1), (2, 2);
-- change
update cfg set k = 3;
update c set a = 7 where id = 1;
