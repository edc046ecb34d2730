-- expect: restored
-- setup
create table c (id int primary key, u int unique nulls not distinct);
insert into c values (1, null), (2, 1), (3, 7), (4, 8);
-- change
update c set u = 5 where id = 1;
update c set u = null where id = 2;
