-- expect: restored
-- setup
create table a (id int);
create table b (id int);
create table child (id int);
alter table child inherit a;
alter table child inherit b;
-- change
alter table child no inherit b;
