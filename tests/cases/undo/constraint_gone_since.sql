-- expect: conflict
-- conflict: altered constraint "positive" of "public"."c"
-- setup
create table c (id int primary key, a int);
-- change
alter table c add constraint positive check (a > 0);
-- application
alter table c drop constraint positive;
