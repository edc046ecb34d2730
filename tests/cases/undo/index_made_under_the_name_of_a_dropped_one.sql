-- expect: conflict
-- conflict: altered index "public"."ci"
-- setup
create table c (id int primary key, a int, b int);
create index ci on c (a);
-- change
drop index ci;
-- application
create index ci on c (b);
