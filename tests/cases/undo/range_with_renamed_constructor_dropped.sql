-- expect: refused: only its author
-- setup
create type span as range (subtype = int);
alter type span rename to extent;
-- change
drop type extent;
