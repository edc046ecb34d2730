-- expect: restored
-- setup
create table t (id int primary key);
-- change
create temporary table x (id serial primary key);
create temporary sequence y;
create temporary view z as select * from x;
insert into x default values;
drop view z;
drop table x;
insert into t select nextval('y');
