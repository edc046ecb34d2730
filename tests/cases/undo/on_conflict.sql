-- expect: restored
-- setup
create table t (id int primary key, v text, hits int default 0);
insert into t select i, 'v' || i from generate_series(1, 10) i;
-- change
insert into t (id, v) select i, 'n' || i from generate_series(5, 15) i on conflict (id) do update set v = excluded.v, hits = t.hits + 1;
insert into t (id, v) values (1, 'ignored') on conflict do nothing;
