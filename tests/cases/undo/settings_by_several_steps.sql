-- expect: restored
-- setup
create table t (id int primary key, v text);
comment on column t.v is 'of old';
alter table t set (autovacuum_enabled = off);
-- change
alter table t set (fillfactor = 50), alter v set statistics 100;
comment on column t.v is 'first';
comment on table t is 'first';
-- change
alter table t set (fillfactor = 70, parallel_workers = 2), alter v set statistics 200, alter v set storage external;
comment on column t.v is null;
alter table t rename v to w;
-- change
alter table t reset (fillfactor, autovacuum_enabled), alter w type varchar(90);
comment on table t is 'third';
