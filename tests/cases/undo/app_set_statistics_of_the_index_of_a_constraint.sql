-- expect: conflict
-- conflict: altered constraint "c" of "public"."t"
-- setup
create table t (id int primary key, n int, r int4range);
alter table t add constraint c exclude using gist (int4range(n, n + 1) with &&);
-- change
alter table t alter n type int using n + 1;
-- application
alter index c alter column 1 set statistics 20;
