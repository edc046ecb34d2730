-- expect: restored
-- setup
create table t (id int primary key, v text) partition by range (id);
create table t1 partition of t for values from (0) to (10);
create table t2 partition of t for values from (10) to (20);
insert into t values (1, 'a'), (11, 'b');
-- change
alter table t add column w text;
update t set w = upper(v);
alter table t alter w set not null;
