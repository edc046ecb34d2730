-- expect: refused: made independent
-- setup
create function f() returns int language sql as 'select 1';
alter function f() depends on extension plpgsql;
-- change
alter function f() no depends on extension plpgsql;
