-- expect: conflict
-- conflict: rows "public"."t1"
-- setup
create table t (id int, d int) partition by list (d);
-- change
create table t1 partition of t for values in (1);
-- application
insert into t values (1, 1);
