-- expect: restored
-- caveat: unlogged
-- setup
create table t (id serial primary key, v text);
insert into t (v) values ('a');
-- change
alter table t set unlogged;
