-- expect: restored
-- superuser
create access method other type table handler heap_tableam_handler;
-- setup
create table t (id int primary key, v text);
create table u (id int primary key) using other;
create materialized view mv using other as select 1 as id;
insert into t values (1, 'a');
-- change
alter table t set access method other;
drop table u;
