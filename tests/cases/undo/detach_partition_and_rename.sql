-- expect: restored
-- setup
create table t (id int, d int) partition by range (d);
create table t1 partition of t for values from (0) to (10);
create index on t1 (id);
insert into t values (1, 1);
create schema archive;
-- change
alter table t detach partition t1;
alter table t1 rename to old;
alter table old set schema archive;
alter table archive.old add column note text;
