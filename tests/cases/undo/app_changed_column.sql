-- expect: conflict
-- conflict: changed "public"."t" id = 3 v
-- conflict: changed "public"."t" id = 4 v
-- conflict: changed "public"."t" id = 4 n
-- setup
create table t (id int primary key, v text, n numeric, w text);
insert into t select i, 'v' || i, 1.10, 'w' from generate_series(1, 20) i;
-- change
update t set v = upper(v), n = 1.1 where id <= 10;
-- application
update t set v = 'app', w = 'app' where id = 3;
update t set v = null, n = 1.100 where id = 4;
update t set v = 'app' where id = 15;
