-- expect: conflict
-- conflict: altered replica identity of "public"."h"
-- setup
create table h (id int primary key, x int not null, y int not null, constraint hu unique (x));
alter table h replica identity using index hu;
-- change
alter table h drop constraint hu;
-- application
create unique index hn on h (y);
alter table h replica identity using index hn;
