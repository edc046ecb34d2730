-- expect: restored
-- setup
create table t (id int primary key with (fillfactor = 90), a int);
create index i on t ((a + 1));
create index j on t (a) with (fillfactor = 60);
-- change
alter index i set (fillfactor = 50);
alter index i alter column 1 set statistics 300;
alter index j reset (fillfactor);
alter index t_pkey set (fillfactor = 50);
