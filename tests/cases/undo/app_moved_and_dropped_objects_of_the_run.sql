-- expect: conflict
-- conflict: altered operator public.===(pg_catalog.text,integer)
-- conflict: altered text search dictionary public.plain
-- setup
create schema other;
create function eq(text, int) returns bool language sql as 'select true';
-- change
create operator === (leftarg = text, rightarg = int, function = eq);
create text search dictionary plain (template = pg_catalog.simple);
-- application
drop operator === (text, int);
alter text search dictionary plain set schema other;
