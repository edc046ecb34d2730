-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
create index t_v on t (v);
create schema s;
create sequence q;
-- change
create table if not exists t (id int);
create index if not exists t_v on t (id);
create schema if not exists s;
create sequence if not exists q;
alter table t add column if not exists v text;
drop table if exists nothing;
alter table if exists nothing add column x int;
alter table t drop column if exists nothing;
drop index if exists nothing;
