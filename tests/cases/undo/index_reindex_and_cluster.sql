-- expect: restored
-- setup
create table t (id int primary key, a int, long text);
insert into t select i, -i, repeat('x', 10) from generate_series(1, 100) i;
create index i on t (a);
-- change
reindex table t;
cluster t using i;
analyze t;
