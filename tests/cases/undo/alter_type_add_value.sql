-- expect: refused: no value of an enum can be removed
-- setup
create type mood as enum ('a', 'b');
-- change
do $$ begin alter type mood add value 'c'; end $$;
