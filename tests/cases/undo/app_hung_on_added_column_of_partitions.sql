-- expect: conflict
-- conflict: altered index "mine" of "public"."p1"
-- setup
create table p (id int, a int) partition by list (id);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2);
-- change
alter table p add column x int;
create index on p (x);
-- application
create index mine on p1 (a, x);
