-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."h"
-- setup
create table par (id int not null);
create table h (id int primary key, x int);
insert into h values (1, 2);
-- change
drop table h;
create table h (id int primary key);
-- application
alter table h inherit par;
