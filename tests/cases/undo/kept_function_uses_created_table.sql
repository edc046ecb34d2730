-- expect: refused: was there before
-- setup
create function f() returns int language sql stable return 1;
-- change
create table t (id int primary key);
create or replace function f() returns int language sql stable return (select id from t);
