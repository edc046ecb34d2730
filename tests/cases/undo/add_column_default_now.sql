-- expect: restored
-- setup
create table t (id int primary key);
insert into t select generate_series(1, 10);
-- change
alter table t add column created timestamptz not null default now();
alter table t add column key uuid not null default gen_random_uuid();
alter table t add column r float8 default random();
