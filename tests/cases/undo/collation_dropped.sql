-- expect: refused: collation public.mine
-- setup
create collation mine (locale = 'C');
-- change
drop collation mine;
