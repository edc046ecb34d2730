-- expect: restored
-- setup
create schema s;
create type pair as (a int);
create table t (id int primary key, p pair);
insert into t values (1, row (7));
-- change
alter type pair set schema s;
alter type s.pair rename to couple;
create type pair as enum ('new');
update t set p = row (8);
