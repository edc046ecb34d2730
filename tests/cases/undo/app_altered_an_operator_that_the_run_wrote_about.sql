-- expect: restored
-- setup
create function eq(text, int) returns bool language sql as 'select true';
create operator === (leftarg = text, rightarg = int, function = eq);
-- change
comment on operator === (text, int) is 'of the run';
-- application
alter operator === (text, int) set (restrict = eqsel);
