-- expect: restored
-- setup
create function twice(int) returns int immutable language sql as 'select $1 * 2';
create table t (id int primary key, g int generated always as (twice(id)) stored, d int default twice(4));
-- change
drop table t;
