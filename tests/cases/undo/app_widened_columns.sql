-- expect: restored
-- setup
create table c (id int primary key, v int, w varchar(5), n numeric(6, 2), x varchar(3));
insert into c values (1, 1, 'one', 1.25, 'a'), (2, 2, 'two', 2.50, 'b'), (3, 3, 'three', 3, 'c');
-- change
update c set v = 5, w = 'other', n = n * 2 where id = 1;
delete from c where id = 2;
insert into c values (4, 4, 'four', 4, 'd');
-- application
alter table c alter id type bigint, alter v type bigint, alter w type varchar(50), alter n type numeric(12, 2), alter x type text;
