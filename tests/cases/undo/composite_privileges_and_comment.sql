-- expect: restored
-- setup
create type pair as (a int);
comment on type pair is 'was';
-- change
comment on type pair is 'is';
grant usage on type pair to case_writer;
revoke usage on type pair from public;
