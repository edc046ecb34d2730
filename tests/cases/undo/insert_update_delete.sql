-- expect: restored
-- setup
create table t (id int primary key, v text, n int);
insert into t select i, 'v' || i, i from generate_series(1, 100) i;
-- change
insert into t values (200, 'new', 1), (201, null, null);
update t set v = upper(v), n = null where id % 3 = 0;
delete from t where id % 5 = 0;
