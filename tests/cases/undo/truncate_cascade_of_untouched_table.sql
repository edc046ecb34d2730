-- expect: restored
-- setup
create table p (id int primary key); create table c (id int primary key, p int references p);
insert into p values (1); insert into c values (1, 1);
-- change
update p set id = id;
truncate p cascade;
