-- expect: refused: which is part of a partitioned one
-- setup
create table c (id int, k int, u int, primary key (id, k), unique (k, u)) partition by list (k);
create table c1 partition of c for values in (1);
insert into c values (1, 1, 1), (2, 1, 2);
-- change
update c set u = 0 where id = 1;
update c set u = 1 where id = 2;
update c set u = 2 where id = 1;
