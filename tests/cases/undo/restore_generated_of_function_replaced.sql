-- expect: stopped: would not get their values of g back
-- on conflict: restore
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, note text, g int generated always as (f(a)) stored);
insert into c (id, a) values (1, 1), (2, 2);
create or replace function f(int) returns int immutable language sql as 'select $1 * 3';
-- change
update c set note = 'x';
-- application
update c set note = 'y' where id = 1;
