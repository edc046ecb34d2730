-- expect: restored
-- setup
create type mood as enum ('a');
comment on type mood is 'was';
-- change
comment on type mood is null;
