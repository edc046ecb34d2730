-- expect: conflict
-- conflict: altered type of the table of "public"."hh"
-- setup
create type c2 as (id int);
create type c3 as (id int);
create table hh of c2;
-- change
alter table hh not of;
-- application
alter table hh of c3;
