-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
alter table t add constraint one check (a > 0);
alter table t add constraint two check (b > 0);
-- change
alter table t rename constraint one to three;
alter table t rename constraint two to one;
alter table t rename constraint three to two;
