-- expect: restored
-- setup
create type pair as (a int, "B b" varchar(7) collate "C");
comment on type pair is 'pair';
comment on column pair.a is 'a';
grant usage on type pair to case_reader with grant option;
revoke usage on type pair from public;
create function f(p pair[]) returns pair language sql as 'select p[1]';
-- change
drop function f(pair[]);
drop type pair;
