-- The root's key takes over the partition's own constraint.
-- expect: restored
-- setup
create table t (id int not null, d int not null) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
alter table t1 add constraint mine primary key (id, d);
comment on constraint mine on t1 is 'mine';
create unique index two on t2 (id, d);
insert into t values (1, 1), (2, 2);
-- change
alter table t add constraint ours primary key (id, d);
