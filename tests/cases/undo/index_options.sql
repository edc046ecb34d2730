-- expect: refused: index
-- setup
create table t (id int primary key, a int);
create index i on t (a);
-- change
alter index i set (fillfactor = 50);
