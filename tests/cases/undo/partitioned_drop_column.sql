-- expect: restored
-- caveat: column order
-- setup
create table t (id int, d int, v text default 'x', w int not null, primary key (id, d), constraint c check (w > 0)) partition by list (d);
create index t_v on t (v);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2) partition by range (id);
create table t2a partition of t2 for values from (0) to (100);
alter table t1 alter v set default 'own';
comment on column t1.v is 'of t1';
grant select (v) on t2a to case_reader;
insert into t values (1, 1, 'a', 1), (2, 2, 'b', 2), (3, 2, null, 3);
-- change
alter table t drop column v, drop column w;
