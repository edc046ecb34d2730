-- expect: conflict
-- conflict: altered type "public"."mood"
-- setup
create table t (id int primary key);
-- change
create type mood as enum ('a');
-- application
alter type mood add value 'b';
