-- expect: conflict
-- conflict: altered index "c" of "public"."t"
-- conflict: altered index "x" of "public"."t"
-- conflict: altered statistics "s" of "public"."t"
-- setup
select 1;
-- change
create table t (id int primary key, n int, m int, constraint c exclude using gist (int4range(n, n + 1) with &&));
create index x on t ((n + 1));
create statistics s on n, m from t;
-- application
alter index c alter column 1 set statistics 10;
alter index x alter column 1 set statistics 20;
alter statistics s set statistics 30;
