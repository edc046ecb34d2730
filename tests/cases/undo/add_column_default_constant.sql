-- expect: restored
-- setup
create table t (id int primary key);
insert into t select generate_series(1, 10);
-- change
alter table t add column n int not null default 7;
alter table t add column s text default E'it''s a \\ "value"';
alter table t add column a int[] default '{1,2}';
alter table t add column ts timestamptz default '2026-01-01 00:00:00+00';
alter table t add column j jsonb default '{"a": [1, null]}';
