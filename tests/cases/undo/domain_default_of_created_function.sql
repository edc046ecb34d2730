-- expect: restored
-- setup
create domain d as int default 7;
create table t (id int primary key, v d);
-- change
alter domain d drop default;
