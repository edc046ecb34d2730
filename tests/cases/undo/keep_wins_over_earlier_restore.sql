-- The step that wrote last is taken back first; what is kept there stays kept.
-- expect: settled
-- on conflict: restore
-- on conflict: keep in step_1
-- conflict: changed "public"."t" id = 2 v -> kept
-- conflict: changed "public"."t" id = 3 w -> restored
-- conflict: deleted "public"."t" id = 4 -> kept
-- conflict: changed "public"."t" id = 10 v -> kept
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, 'v', 'w' from generate_series(1, 5) i;
-- change
update t set v = 'one', w = 'one';
insert into t values (10, 'one', 'one');
-- change
update t set v = 'two';
-- application
update t set v = 'app' where id in (2, 10);
update t set w = 'app' where id = 3;
delete from t where id = 4;
-- expected
update t set v = 'app' where id = 2;
delete from t where id = 4;
insert into t values (10, 'app', 'one');
