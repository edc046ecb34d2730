-- expect: conflict
-- conflict: altered operator public.===(pg_catalog.text,integer)
-- setup
create function eq(text, int) returns bool language sql as 'select true';
-- change
create operator === (leftarg = text, rightarg = int, function = eq);
-- application
alter operator === (text, int) set (restrict = eqsel);
