-- expect: stopped: tables were made since that belong to "public"."t": public.t2
-- setup
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
create index t_id on t (id);
-- change
drop index t_id;
-- application
create table t2 partition of t for values in (2);
