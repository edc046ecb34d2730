-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."t" a = 1, b = y v -> restored
-- conflict: deleted "public"."t" a = 2, b = x -> restored
-- conflict: exists "public"."t" a = 3, b = x -> restored
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
select 1;
