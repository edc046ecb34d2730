-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
insert into t select i, i, i from generate_series(1, 5) i;
-- change
update t set a = a + 1, b = b where id < 4;
-- change
update t set a = a + 1 where id < 3;
update t set a = a - 1 where id < 3;
-- application
update t set b = 100 where id < 5;
insert into t values (9, 9, 9);
