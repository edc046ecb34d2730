-- expect: restored
-- setup
create table a (id int primary key, v text); create table b (id int primary key, v text); create table c (id int primary key, v text);
insert into a select i, 'a' from generate_series(1, 10) i;
insert into b select i, 'b' from generate_series(1, 10) i;
-- change
with gone as (delete from a where id < 5 returning *), moved as (insert into c select id, v || '!' from gone returning id)
update b set v = 'moved' where id in (select id from moved);
with x as (select 1) select * from x;
