-- expect: refused: type
-- setup
create type mood as enum ('a', 'b');
-- change
drop type mood;
