-- expect: settled
-- on conflict: keep in step_1
-- conflict: changed "public"."t" id = 2 v -> kept
-- conflict: referenced "public"."t" id = 3 -> kept
-- setup
create table t (id int primary key, v text unique, w text);
create table c (v text references t (v) on update cascade);
insert into t select i, 'v' || i, 'w' from generate_series(1, 5) i;
-- change
update t set v = 'one' || id, w = 'one';
-- change
update t set v = 'two' || id;
-- application
update t set v = 'app' where id = 2;
insert into c values ('two3');
-- expected
update t set v = 'app' where id = 2;
update t set v = 'two3', w = 'one' where id = 3;
insert into c values ('two3');
