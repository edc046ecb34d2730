-- expect: restored
-- setup
create table t (id int primary key, v text, w text, n numeric);
insert into t select i, 'v' || i, 'w' || i, i from generate_series(1, 20) i;
-- change
update t set v = upper(v) where id <= 10;
insert into t (id, v) values (100, 'new');
delete from t where id = 20;
-- application
update t set w = 'app' where id in (3, 4, 15);
update t set v = 'app' where id = 15;
insert into t values (200, 'app', 'app', 1);
delete from t where id = 16;
-- survives
select id, w from t where id in (3, 4, 15, 200, 16) order by id;
