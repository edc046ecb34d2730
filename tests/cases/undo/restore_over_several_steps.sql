-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."t" id = 2 v -> restored
-- conflict: deleted "public"."t" id = 3 -> restored
-- conflict: exists "public"."t" id = 4 -> restored
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, 'v', 'w' from generate_series(1, 5) i;
-- change
update t set v = 'one', w = 'one';
-- change
update t set v = 'two' where id < 4;
delete from t where id > 3;
-- change
update t set w = 'three';
-- application
update t set v = 'app' where id = 2;
delete from t where id = 3;
insert into t values (4, 'one', 'app');
-- expected
select 1;
