-- expect: restored
-- setup
create type pair as (a int, b text);
create function f(p pair) returns int language sql as 'select 1';
-- change
alter type pair add attribute c int, add attribute d text collate "C";
comment on column pair.c is 'c';
