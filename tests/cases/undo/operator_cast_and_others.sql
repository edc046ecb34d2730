-- expect: refused: pg_operator
-- setup
create function eq(text, int) returns bool language sql as 'select true';
-- change
create operator === (leftarg = text, rightarg = int, function = eq);
