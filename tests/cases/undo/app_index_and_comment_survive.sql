-- expect: restored
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, 'v', 'w' from generate_series(1, 5) i;
-- change
update t set v = 'x';
alter table t alter column w set default 'x';
-- application
create index on t (v); comment on table t is 'app'; alter table t add column app text default 'a'; grant select on t to case_reader;
