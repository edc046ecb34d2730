-- expect: restored
-- setup
create table c (id int primary key, u int, constraint c_u unique (u) deferrable initially deferred);
insert into c values (1, 1), (2, 2);
-- change
update c set u = 3 - u;
