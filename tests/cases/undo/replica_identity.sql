-- expect: refused: replica identity
-- setup
create table t (id int primary key, v text);
-- change
alter table t replica identity full;
