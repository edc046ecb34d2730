-- expect: restored
-- setup
create type pair as (a int);
create table t (id int primary key, p pair);
-- change
alter table t drop column p;
drop type pair;
