-- expect: restored
-- caveat: column order
-- setup
create function f(int) returns int immutable language sql as 'select $1 * 2';
create table c (id int primary key, a int, g int generated always as (f(a)) stored, u int generated always as (a + 1) stored unique);
insert into c (id, a) values (1, 1), (2, 2), (3, 3);
-- change
alter table c rename column a to aa;
alter table c rename column g to gg;
alter function f(int) rename to ff;
update c set aa = aa + 10;
delete from c where id = 2;
alter table c rename to cc;
-- change
truncate cc;
-- change
alter table cc drop column aa cascade;
