-- expect: conflict
-- conflict: altered default "a" of "public"."c"
-- conflict: altered default "b" of "public"."c"
-- setup
create table c (id int primary key, a int default 1, b int default 1);
-- change
alter table c alter a set default 2, alter b drop default;
-- application
alter table c alter a set default 3, alter b set default 3;
