-- expect: refused
-- setup
create table base (id int);
create table child () inherits (base);
-- change
alter table child no inherit base;
