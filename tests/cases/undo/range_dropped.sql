-- expect: restored
-- setup
create function distance(float8, float8) returns float8 language sql immutable as 'select $1 - $2';
create type span as range (subtype = float8, subtype_diff = distance, multirange_type_name = many);
create type words as range (subtype = text, collation = "C");
comment on type span is 'span';
comment on type many is 'many';
grant usage on type span to case_reader;
-- change
drop type span;
drop type words;
