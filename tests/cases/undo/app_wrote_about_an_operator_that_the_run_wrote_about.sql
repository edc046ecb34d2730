-- expect: conflict
-- conflict: altered comment of operator public.===(pg_catalog.text,integer)
-- setup
create function eq(text, int) returns bool language sql as 'select true';
create operator === (leftarg = text, rightarg = int, function = eq);
create operator !== (leftarg = text, rightarg = int, function = eq);
comment on operator !== (text, int) is 'was';
-- change
comment on operator === (text, int) is 'of the run';
comment on operator !== (text, int) is 'of the run';
-- application
alter operator === (text, int) set (restrict = eqsel);
comment on operator === (text, int) is 'of the application';
comment on operator !== (text, int) is 'was';
