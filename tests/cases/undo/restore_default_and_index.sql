-- expect: settled
-- on conflict: restore
-- conflict: altered default "a" of "public"."c" -> restored
-- conflict: altered index "public"."ci" -> restored
-- setup
create table c (id int primary key, a int default 1, b int);
-- change
alter table c alter a set default 2;
create index ci on c (a);
-- application
alter table c alter a set default 3;
drop index ci;
create index ci on c (b);
-- expected
select;
