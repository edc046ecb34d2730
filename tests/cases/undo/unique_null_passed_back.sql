-- expect: restored
-- setup
create table c (id int primary key, u int unique nulls not distinct);
insert into c values (1, 1), (2, null), (3, 7), (4, 8);
-- change
update c set u = 5 where id = 2;
update c set u = null where id = 1;
