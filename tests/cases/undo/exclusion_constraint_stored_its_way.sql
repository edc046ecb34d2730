-- expect: restored
-- setup
create table t (id int primary key, during int4range,
  constraint apart exclude using gist (during with &&) with (fillfactor = 60) where (id > 0) deferrable);
comment on index apart is 'of the constraint';
comment on constraint apart on t is 'apart';
-- change
alter table t drop constraint apart;
