-- expect: restored
-- setup
create table t (id int primary key, v text);
create materialized view mv as select id, v from t;
create index i on mv (id);
-- change
alter materialized view mv rename column id to no;
alter materialized view mv set (fillfactor = 50);
alter materialized view mv alter column v set storage external, alter column no set statistics 7;
alter materialized view mv cluster on i;
create index j on mv (v);
comment on materialized view mv is 'new';
grant select (v) on mv to case_reader;
