-- The referencing table loses, and gets back, what watches the partition.
-- expect: restored
-- setup
create table t (id int, d int, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
insert into t values (1, 1), (2, 2);
create table r (id int, d int, foreign key (id, d) references t);
insert into r values (2, 2);
-- change
alter table t detach partition t1;
