-- expect: restored
-- setup
create table c (id int primary key, v int, other text unique);
insert into c values (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
-- change
update c set v = 7 where id = 1;
insert into c values (4, 4, 'd');
delete from c where id = 2;
-- application
alter table c drop constraint c_pkey;
insert into c values (3, 4, 'e');
