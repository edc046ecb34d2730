-- expect: restored
-- setup
create function join_up(text, text) returns text language sql immutable as 'select $1 || $2';
create aggregate joined (text) (sfunc = join_up, stype = text, initcond = 'it''s', parallel = safe, combinefunc = join_up);
comment on aggregate joined(text) is 'joined';
grant execute on function joined(text) to case_reader;
revoke execute on function joined(text) from public;
create aggregate lowest (int) (sfunc = int4smaller, stype = int, sortop = <, sspace = 16);
create aggregate moving (int) (sfunc = int4pl, stype = int, msfunc = int4pl, minvfunc = int4mi, mstype = int, minitcond = '0', finalfunc = int4abs, finalfunc_modify = shareable);
-- change
drop aggregate joined(text), lowest(int), moving(int);
drop function join_up(text, text);
