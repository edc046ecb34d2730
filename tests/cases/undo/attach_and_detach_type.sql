-- expect: restored
-- setup
create type pair as (a int, b text);
create table t (a int primary key, b text);
create table u of pair (primary key (a));
-- change
alter table t of pair;
alter table u not of;
