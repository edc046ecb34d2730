-- expect: restored
-- setup
create table t (id int not null, d int not null) partition by list (d);
create table t1 (id int not null, d int not null);
create table t2 partition of t for values in (2);
insert into t1 values (1, 1);
insert into t values (2, 2);
-- change
alter table t attach partition t1 for values in (1);
alter table t add column v text default 'x';
create index t_v on t (v);
alter table t add constraint v_short check (length(v) < 10);
