-- expect: conflict: depend
-- setup
create table t (id int primary key);
-- change
create table fresh (id int primary key);
-- application
create view v as select * from fresh;
