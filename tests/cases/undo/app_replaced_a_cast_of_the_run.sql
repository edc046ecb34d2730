-- expect: conflict
-- conflict: altered cast (public.mood AS integer)
-- setup
create type mood as enum ('a');
create function one(mood) returns int language sql as 'select 1';
create function two(mood) returns int language sql as 'select 2';
-- change
create cast (mood as int) with function one(mood);
-- application
drop cast (mood as int);
create cast (mood as int) with function two(mood);
