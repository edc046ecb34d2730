-- expect: restored
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, g int generated always as (f(a)) stored, h int generated always as (f(id)) stored);
insert into c (id, a) values (1, 1), (2, 2);
-- change
create or replace function f(int) returns int immutable language sql as 'select $1 * 3';
update c set a = a, id = id;
