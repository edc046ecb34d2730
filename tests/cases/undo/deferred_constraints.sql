-- expect: restored
-- setup
create table p (id int primary key); create table c (id int primary key, p int references p deferrable initially deferred, u int, constraint c_u unique (u) deferrable initially deferred);
insert into p values (1); insert into c values (1, 1, 1), (2, 1, 2);
-- change
insert into c values (3, 50, 3);
insert into p values (50);
delete from p where id = 1;
update c set p = 50;
