-- expect: restored
-- setup
create table t (id int, d int, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2) partition by range (id);
create table t2a partition of t2 for values from (0) to (100);
insert into t values (1, 1), (2, 2);
-- change
alter table t add column v text not null default 'x', add column w int check (w > 0);
alter table t add column at timestamptz;
-- application
insert into t (id, d) values (3, 1);
-- caveat: commutes not
