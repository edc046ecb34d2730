-- expect: refused: sequence
-- setup
create sequence q;
-- change
alter sequence q increment 5;
