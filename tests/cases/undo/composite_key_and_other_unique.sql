-- expect: restored
-- setup
create table t (a int, b text, c int, v text, primary key (b, a));
create unique index on t (c) where v is not null;
create unique index on t (lower(v));
insert into t select i, 'b' || i, i, 'v' || i from generate_series(1, 20) i;
-- change
update t set c = c + 100, v = upper(v) || 'x' where a > 5;
delete from t where a = 1;
insert into t values (1, 'b1', 1, 'other');
