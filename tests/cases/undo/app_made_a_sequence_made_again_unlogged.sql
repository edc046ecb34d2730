-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."s"
-- majors: 16 18
-- setup
create sequence s;
-- change
drop sequence s;
create sequence s start 10;
-- application
alter sequence s set unlogged;
