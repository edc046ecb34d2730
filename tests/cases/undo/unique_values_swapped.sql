-- expect: restored
-- setup
create table c (id int primary key, u int unique);
insert into c values (1, 1), (2, 2);
-- change
update c set u = 0 where id = 1;
update c set u = 1 where id = 2;
update c set u = 2 where id = 1;
