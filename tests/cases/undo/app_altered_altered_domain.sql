-- expect: conflict
-- conflict: altered type "public"."d"
-- setup
create domain d as int;
-- change
alter domain d add constraint c check (value > 0);
-- application
alter domain d set default 7;
