-- expect: restored
-- setup
create table a (id int primary key);
create table b (id int primary key);
alter table a add column bs b[];
-- change
drop table a, b;
