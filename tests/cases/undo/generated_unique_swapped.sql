-- expect: restored
-- setup
create table c (id int primary key, u text, g text generated always as (lower(u)) stored unique);
insert into c (id, u) values (1, 'a'), (2, 'b');
-- change
update c set u = 'x' where id = 1;
update c set u = 'a' where id = 2;
update c set u = 'b' where id = 1;
