-- expect: restored
-- setup
create sequence s;
create table t (id int, d int, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
insert into t values (1, 1), (2, 2);
-- change
alter table t add column g int generated always as (id * 2) stored;
alter table t add column u int default nextval('s'), add unique (d, id);
