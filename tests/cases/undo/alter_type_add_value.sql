-- expect: refused: type
-- setup
create type mood as enum ('a', 'b');
-- change
alter type mood add value 'c';
