-- expect: restored
-- setup
create table t (id int primary key, a int);
create function f(x int) returns int language sql stable begin atomic select a from t where id = x; end;
comment on function f(int) is 'f';
grant execute on function f(int) to case_reader;
revoke execute on function f(int) from public;
-- change
drop function f(int);
