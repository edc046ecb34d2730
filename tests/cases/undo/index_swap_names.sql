-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
create index one on t (a);
create index two on t (b);
-- change
alter index one rename to three;
alter index two rename to one;
alter index three rename to two;
