-- expect: restored
-- caveat: not turned
-- setup
create function eq(text, int) returns bool language sql as 'select true';
create type mood as enum ('a');
create function to_int(mood) returns int language sql as 'select 1';
-- change
create operator === (leftarg = text, rightarg = int, function = eq);
comment on operator === (text, int) is 'same';
create operator !== (leftarg = text, rightarg = int, function = eq, negator = ====);
create cast (mood as int) with function to_int(mood);
create view v as select 'a' === 1 as same, 'a'::mood::int as number;
