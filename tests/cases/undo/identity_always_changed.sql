-- expect: restored
-- setup
create table t (id int primary key, n int generated always as identity, v text);
insert into t (id) select generate_series(1, 3);
-- change
update t set n = default;
