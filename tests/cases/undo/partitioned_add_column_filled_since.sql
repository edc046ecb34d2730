-- expect: conflict
-- conflict: filled "public"."t1" id = 1, d = 1 v
-- setup
create table t (id int, d int, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
insert into t values (1, 1);
-- change
alter table t add column v text;
-- application
update t set v = 'mine';
