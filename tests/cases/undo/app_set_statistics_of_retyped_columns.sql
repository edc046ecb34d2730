-- expect: conflict
-- conflict: altered index "public"."x"
-- conflict: altered statistics "public"."s"
-- setup
create table t (id int primary key, n int, m int);
create index x on t ((n + 1), m);
create statistics s on n, m from t;
-- change
alter table t alter n type bigint;
-- application
alter index x alter column 1 set statistics 20;
alter statistics s set statistics 40;
