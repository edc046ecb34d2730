-- expect: conflict
-- conflict: altered type "public"."pair"
-- setup
create table t (id int primary key);
-- change
create type pair as (a int);
-- application
alter type pair add attribute b int;
