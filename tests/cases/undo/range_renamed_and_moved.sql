-- expect: restored
-- setup
create schema s;
create type span as range (subtype = int);
create table t (id int primary key, v span);
insert into t values (1, '[1,3)');
-- change
alter type span rename to extent;
alter type extent set schema s;
alter type span_multirange rename to extents;
update t set v = '[2,4)';
