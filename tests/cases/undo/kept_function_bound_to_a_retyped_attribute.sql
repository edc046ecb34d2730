-- expect: restored
-- setup
create type c as (q int, r text);
create function f(x c) returns bigint begin atomic select 1::bigint as s; end;
-- change
alter type c alter attribute q type bigint;
create or replace function f(x c) returns bigint begin atomic select (x).q as s; end;
