-- A deleted row cannot be told from one that was moved to another partition.
-- expect: conflict
-- conflict: deleted "public"."t1" id = 1, d = 1
-- setup
create table t (id int, d int, v text, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
insert into t values (1, 1, 'a');
-- change
alter table t drop column v;
-- application
delete from t;
