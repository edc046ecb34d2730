-- expect: conflict
-- conflict: altered privileges, comments or settings of type "public"."mood"
-- setup
create type mood as enum ('a', 'b');
-- change
drop type mood;
create type mood as enum ('b', 'a');
-- application
revoke usage on type mood from public;
