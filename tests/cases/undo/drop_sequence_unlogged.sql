-- expect: restored
-- setup
create unlogged sequence q;
-- change
drop sequence q;
