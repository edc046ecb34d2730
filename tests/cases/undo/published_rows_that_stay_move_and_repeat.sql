-- expect: restored
-- setup
create table t (id int primary key, v text, n numeric);
insert into t select i, 'v' || i, i from generate_series(1, 10) i;
-- superuser
create publication everything for all tables;
-- change
update t set v = v where id = 1;
update t set id = id + 100 where id = 2;
update t set v = 'once' where id = 3;
update t set v = 'again' where id in (3, 4);
delete from t where id = 5;
insert into t values (5, 'new', 5), (11, 'new', 11);
delete from t where id = 11;
-- application
update t set n = 0 where id in (1, 3, 6);
