-- expect: refused: logged
-- setup
create table t (id int primary key, v text);
-- change
alter table t set unlogged;
