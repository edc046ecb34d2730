-- expect: refused: view public.v: it was there before
-- setup
create function f() returns int language sql stable return 1;
create view v as select f();
-- change
create table t (id int primary key);
create or replace function f() returns int language sql stable return (select id from t);
