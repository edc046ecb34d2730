-- expect: conflict
-- caveat: column order
-- conflict: altered function public.f(integer)
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, g int generated always as (f(a)) stored);
insert into c (id, a) values (1, 1), (2, 2);
-- change
alter table c drop column g;
-- application
create or replace function f(int) returns int immutable language sql as 'select $1 * 3';
