-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t1" id = 1, r = 1 v -> kept
-- conflict: deleted "public"."t2" id = 2, r = 2 -> kept
-- setup
create table t (id int, r int, v text, primary key (id, r)) partition by list (r);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
insert into t values (1, 1, 'v'), (2, 2, 'v'), (3, 2, 'v');
-- change
update t set v = 'plan';
-- application
update t set v = 'app' where id = 1;
delete from t where id = 2;
-- expected
update t set v = 'app' where id = 1;
delete from t where id = 2;
