-- expect: restored
-- setup
create table a (id int primary key, v text);
insert into a select i, 'v' || i from generate_series(1, 20) i;
-- change
create table copy_of_a as select * from a where id > 5;
select * into another from a;
