-- expect: restored
-- setup
create table base (id int);
create table other (id int);
create table child () inherits (base, other);
insert into child values (1);
-- change
alter table child no inherit other;
