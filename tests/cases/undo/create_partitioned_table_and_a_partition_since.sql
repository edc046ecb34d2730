-- expect: stopped: tables were made since that belong to "public"."p": public.p2
-- setup
create table t (id int);
-- change
create table p (id int, d int) partition by list (d);
create table p1 partition of p for values in (1);
-- application
create table p2 partition of p for values in (2);
insert into p values (1, 2);
