-- expect: restored
-- setup
create schema s;
create type s.mood as enum ('a');
create type s.pair as (a s.mood, b int);
create domain s.d as int check (value > 0);
create function s.f(s.mood, s.d) returns s.pair language sql as 'select row ($1, $2)::s.pair';
create aggregate s.total (int) (sfunc = int4pl, stype = int);
alter default privileges in schema s grant select on tables to case_reader;
-- change
drop schema s cascade;
