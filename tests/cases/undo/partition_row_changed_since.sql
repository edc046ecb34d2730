-- expect: conflict
-- conflict: changed "public"."t1" id = 1, d = 1 v
-- setup
create table t (id int, d int, v text, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
insert into t values (1, 1, 'a');
-- change
update t set v = 'b';
-- application
update t set v = 'c';
