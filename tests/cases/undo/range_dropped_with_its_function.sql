-- expect: refused: together with the function that subtracts
-- setup
create function distance(float8, float8) returns float8 language sql immutable as 'select $1 - $2';
create type span as range (subtype = float8, subtype_diff = distance);
-- change
drop type span;
drop function distance(float8, float8);
