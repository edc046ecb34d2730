-- expect: refused: sequence
-- setup
create sequence q;
-- change
drop sequence q;
