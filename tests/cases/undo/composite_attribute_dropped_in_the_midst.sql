-- expect: refused: attribute a was dropped
-- setup
create type pair as (a int, b text);
-- change
alter type pair drop attribute a;
