-- expect: refused: operator public.===
-- setup
create function eq(text, int) returns bool language sql as 'select true';
create operator === (leftarg = text, rightarg = int, function = eq);
-- change
drop operator === (text, int);
