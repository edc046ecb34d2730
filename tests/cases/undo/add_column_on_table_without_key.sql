-- expect: restored
-- setup
create table t (v text);
insert into t values ('a'), ('a'), (null);
-- change
alter table t add column w text default 'x';
comment on column t.w is 'w';
