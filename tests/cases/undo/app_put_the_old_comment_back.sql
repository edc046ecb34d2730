-- expect: restored
-- setup
create table t (id int primary key, v text);
comment on table t is 'of old';
comment on column t.v is 'of old too';
-- change
comment on table t is 'plan';
comment on column t.v is 'plan';
alter table t set (fillfactor = 50);
-- application
comment on table t is 'of old';
comment on column t.v is 'of old too';
grant select on t to case_reader;
