-- expect: restored
-- setup
create table kept (id int primary key);
-- change
create unlogged table t (id int primary key);
insert into t values (1);
