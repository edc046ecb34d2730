-- expect: refused: which foreign keys refer to
-- setup
create table c (id int primary key, u int unique nulls not distinct);
create table r (u int references c (u));
insert into c values (1, null), (2, 1);
-- change
update c set u = 5 where id = 1;
update c set u = null where id = 2;
