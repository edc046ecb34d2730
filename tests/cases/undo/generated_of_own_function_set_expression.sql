-- expect: restored
-- majors: 17 18
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, g int generated always as (f(a)) stored, u int generated always as (a) stored unique);
insert into c (id, a) values (1, 1), (2, 2);
-- change
alter table c alter column g set expression as (f(a) + 1);
alter table c alter column u set expression as (a + 1);
alter table c alter column u type bigint;
update c set a = 5 where id = 1;
-- application
delete from c where id = 2;
insert into c (id, a) values (3, 3);
