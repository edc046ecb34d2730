-- expect: restored
-- setup
create table t (id int primary key, v text, n int);
create table u (id int primary key);
create table w (id int primary key);
create publication p for table t;
-- change
create table x (id int primary key);
alter publication p add table x;
alter publication p drop table t;
