-- expect: restored
-- setup
create table t (id int primary key, v text);
-- change
truncate t;
