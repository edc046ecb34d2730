-- expect: restored
-- setup
create type pair as (a int, b text);
create table t of pair (primary key (a), b with options default 'x');
-- change
drop table t;
