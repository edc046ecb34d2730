-- expect: restored
-- setup
create table t (id int primary key, v varchar(10));
-- change
alter table t alter column v type varchar(20);
