-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t" a = 1, b = y v -> kept
-- conflict: deleted "public"."t" a = 2, b = x -> kept
-- conflict: exists "public"."t" a = 3, b = x -> kept
-- setup
create table t (a int, b text, v numeric, primary key (a, b));
insert into t select a, b, 1.10 from generate_series(1, 3) a, unnest(array['x', 'y']) b;
-- change
update t set v = 2.20 where a < 3;
delete from t where a = 3;
-- application
update t set v = 2.2 where (a, b) = (1, 'y');
delete from t where (a, b) = (2, 'x');
insert into t values (3, 'x', 9);
-- expected
update t set v = 2.2 where (a, b) = (1, 'y');
delete from t where (a, b) = (2, 'x');
update t set v = 9 where (a, b) = (3, 'x');
