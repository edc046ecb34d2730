-- expect: restored
-- setup
create type mood as enum ('b', 'c');
alter type mood add value 'a' before 'b';
comment on type mood is 'mood';
grant usage on type mood to case_reader;
revoke usage on type mood from public;
-- change
drop type mood;
