-- Rows written through the root, some of which go to another partition.
-- expect: restored
-- setup
create table t (id int, d int, v text, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
create table t3 partition of t for values in (3) partition by range (id);
create table t3a partition of t3 for values from (0) to (100);
insert into t values (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 1, 'd');
-- change
update t set d = 2 where id = 1;
update t set v = v || '!' where id in (2, 3);
delete from t where id = 4;
insert into t values (5, 3, 'e');
insert into t1 values (6, 1, 'f');
-- application
insert into t values (7, 1, 'g');
update t set v = 'h' where id = 7;
