-- expect: restored
-- setup
create function collect(state int[], value int) returns int[] language sql immutable as 'select state || value';
create function pick(state int[], fraction float8) returns int language sql immutable as 'select state[1]';
create aggregate nth (float8 order by int) (sfunc = collect, stype = int[], finalfunc = pick, initcond = '{}');
-- change
drop aggregate nth(float8 order by int);
