-- expect: restored
-- setup
create table t (id int, d int, constraint old check (id > 0), constraint late check (id < 1000) not valid) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 (id int, d int, constraint old check (id > 0), constraint late check (id < 1000) not valid,
  constraint fresh check (id <> 13));
alter table t attach partition t2 for values in (2);
comment on constraint old on t1 is 'of t1';
comment on constraint fresh on t2 is 'of t2';
insert into t values (1, 1), (2, 2);
-- change
alter table t add constraint fresh check (id <> 13);
alter table t drop constraint old;
alter table t validate constraint late;
