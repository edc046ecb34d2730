-- expect: restored
-- setup
create table t (id int primary key);
insert into t values (1);
create materialized view mv as select id from t;
create unique index mv_id on mv (id);
grant select on mv to case_reader;
-- change
alter materialized view mv rename to mv_old;
create materialized view mv as select id, id + 1 as next from t;
comment on materialized view mv_old is 'old';
