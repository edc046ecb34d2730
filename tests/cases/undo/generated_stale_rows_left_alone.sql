-- expect: restored
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, note text, g int generated always as (f(a)) stored);
insert into c (id, a) values (1, 1), (2, 2);
create or replace function f(int) returns int immutable language sql as 'select $1 * 3';
-- change
update c set note = 'x';
insert into c (id, a) values (3, 3);
-- application
insert into c (id, a) values (4, 4);
