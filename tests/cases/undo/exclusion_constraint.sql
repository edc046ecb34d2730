-- expect: restored
-- setup
create table t (id int primary key, span int4range);
insert into t values (1, '[1,3)'), (2, '[5,7)');
alter table t add constraint apart exclude using gist (span with &&) where (id > 0);
-- change
alter table t drop constraint apart;
alter table t add constraint again exclude using gist (span with &&) deferrable;
