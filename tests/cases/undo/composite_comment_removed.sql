-- expect: restored
-- setup
create type pair as (a int);
comment on type pair is 'was';
-- change
comment on type pair is null;
