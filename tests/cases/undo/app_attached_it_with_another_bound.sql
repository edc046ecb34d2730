-- expect: conflict
-- conflict: altered partition bound of "public"."a"
-- setup
create table pt (id int, v text) partition by range (id);
create table a (id int, v text);
-- change
alter table pt attach partition a for values from (50) to (60);
-- application
alter table pt detach partition a;
alter table pt attach partition a for values from (50) to (70);
