-- expect: conflict
-- conflict: altered index "public"."ci"
-- setup
create table c (id int primary key, a int, b int);
-- change
create index ci on c (a);
-- application
alter index ci rename to mine;
create index ci on c (b);
