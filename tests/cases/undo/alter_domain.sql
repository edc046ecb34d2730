-- expect: refused: type
-- setup
create domain d as int;
-- change
alter domain d add check (value > 0);
