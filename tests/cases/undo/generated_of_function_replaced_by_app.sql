-- expect: stopped: would not get their values of g back
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, g int generated always as (f(a)) stored);
insert into c (id, a) values (1, 1), (2, 2);
-- change
update c set a = 7 where id = 1;
-- application
create or replace function f(int) returns int immutable language sql as 'select $1 * 3';
