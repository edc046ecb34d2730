-- expect: restored
-- setup
create table t (name text primary key);
insert into t values ('a'), ('b');
-- change
alter table t add column id bigserial;
alter table t add column n int generated always as identity;
