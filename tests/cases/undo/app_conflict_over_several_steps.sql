-- expect: conflict
-- conflict: changed "public"."t" id = 2 v
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, 'v', 'w' from generate_series(1, 5) i;
-- change
update t set v = 'one';
-- change
update t set v = 'two' where id < 4;
-- change
update t set w = 'three';
-- application
update t set v = 'app' where id = 2;
