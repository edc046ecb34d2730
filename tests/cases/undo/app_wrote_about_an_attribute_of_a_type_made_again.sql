-- expect: conflict
-- conflict: altered privileges, comments or settings of type "public"."ct"
-- setup
create type ct as (a int, b text);
-- change
drop type ct;
create type ct as (a int);
-- application
comment on column ct.a is 'written since';
