-- expect: refused: replica identity
-- setup
create table c (id int primary key, u int not null unique);
alter table c replica identity using index c_u_key;
insert into c values (1, 1), (2, 2);
-- superuser
create publication pub for table c;
-- change
update c set u = 0 where id = 1;
update c set u = 1 where id = 2;
update c set u = 2 where id = 1;
