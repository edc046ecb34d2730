-- expect: refused: composite type
-- setup
create type pair as (a int, b text);
-- change
alter type pair add attribute c int;
