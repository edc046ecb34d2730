-- expect: restored
-- setup
create table c (id int primary key, u int unique);
insert into c values (1, 1), (2, 2), (3, 3);
-- change
update c set u = 10 where id = 1;
insert into c values (4, 1);
delete from c where id = 2;
update c set u = 2 where id = 3;
