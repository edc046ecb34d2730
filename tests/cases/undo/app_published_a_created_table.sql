-- expect: conflict
-- conflict: altered publication "ap" of "public"."n"
-- setup
create publication ap;
-- change
create table n (id int primary key);
-- application
alter publication ap add table n;
