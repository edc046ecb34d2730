-- expect: restored
-- setup
create table t (id int primary key, n int, m int);
create index x on t ((n + 1), m, (n * m));
alter table t add constraint c exclude using gist (int4range(n, n) with &&);
create statistics s on n, m from t;
alter index x alter column 1 set statistics 20;
alter index x alter column 3 set statistics 30;
alter index c alter column 1 set statistics 40;
alter statistics s set statistics 50;
-- change
alter table t alter n type int using n + 1;
-- change
alter table t drop constraint c;
alter table t alter n type bigint;
