-- expect: restored
-- setup
create table t (id int primary key, v text, n int);
insert into t select i, 'v' || i, i from generate_series(1, 20000) i;
-- change
update t set v = v || 'x', n = n + 1 where id % 2 = 0;
delete from t where id % 7 = 0;
insert into t select i, 'n', 1 from generate_series(30001, 32000) i;
