-- expect: conflict: refer
-- setup
create table p (id int primary key); create table c (id int primary key, p int references p);
insert into p values (1), (2); insert into c values (1, 1);
-- change
update c set p = 2;
-- application
delete from p where id = 1;
