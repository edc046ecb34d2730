-- expect: conflict
-- conflict: altered index "public"."h_pkey"
-- setup
create table h (id int primary key);
-- change
alter index h_pkey set (fillfactor = 60);
-- application
alter index h_pkey set (fillfactor = 70);
