-- expect: restored
-- setup
create table t (id serial primary key, v text);
insert into t (v) values ('a');
-- change
create schema archive;
alter table t set schema archive;
