-- expect: conflict
-- conflict: deleted "public"."t1" id = 1, d = 1
-- setup
create table t (id int, d int, v text, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
insert into t values (1, 1, 'a');
-- change
update t set v = 'b';
-- application
update t set d = 2;
