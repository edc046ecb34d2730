-- expect: stopped
-- setup
create table t (id int primary key);
insert into t values (1);
-- change
drop table t;
-- application
create table t (id int);
