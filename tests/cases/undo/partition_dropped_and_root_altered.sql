-- expect: restored
-- setup
create table t (id int, d int, v text, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
create table tdef partition of t default;
insert into t values (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
-- change
drop table t1;
alter table t add column w int default 5;
alter table t rename column v to vv;
drop table tdef;
-- application
insert into t (id, d) values (9, 2);
