-- expect: restored
-- setup
create function twice(int) returns int immutable language sql as 'select $1 * 2';
create table t (id int primary key, d int default twice(4), check (twice(id) > 0));
create index i on t (twice(d));
-- change
drop table t;
drop function twice;
