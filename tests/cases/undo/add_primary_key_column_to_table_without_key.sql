-- expect: restored
-- setup
create table t (v text);
insert into t values ('a'), ('b');
-- change
alter table t add column id serial primary key;
