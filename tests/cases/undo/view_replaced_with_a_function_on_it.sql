-- expect: refused: was there before
-- setup
create table t (id int primary key, a int);
create view v as select id from t;
create function f(v) returns int language sql as 'select 1';
-- change
create or replace view v as select id, a from t;
