-- expect: restored
-- caveat: column order
-- setup
create domain amount as int check (value < 1000);
create function f(int, text) returns int immutable language sql as 'select $1 * 2 + length($2)';
create table c (id int primary key, a int, b text, g amount generated always as (f(a, b)) stored not null, n text);
insert into c (id, a, b) select x, x, 'x' from generate_series(1, 9) x;
create table bare (a int, g int generated always as (f(a, '')) stored);
insert into bare (a) values (1), (1), (2);
create table gone (id int primary key, a int, g int generated always as (f(a, '')) stored);
insert into gone (id, a) values (1, 1), (2, 2);
-- change
update c set a = a + 10 where id < 4;
update c set n = 'x' where id < 5;
delete from c where id = 4;
insert into c (id, a, b) values (10, 1, 'y');
update bare set a = 3 where a = 1;
-- change
alter table c drop column g;
drop table gone;
drop function f(int, text) cascade;
-- application
update c set b = 'longer' where id in (1, 5);
delete from c where id = 6;
insert into c (id, a, b) values (11, 1, 'z');
