-- expect: conflict
-- conflict: altered index "public"."ni"
-- conflict: altered constraint "hx" of "public"."h"
-- setup
create table h (id int primary key, x int not null);
-- change
create unique index ni on h (id);
alter table h add constraint hx unique (x);
-- application
alter table h replica identity using index ni;
alter table h cluster on hx;
