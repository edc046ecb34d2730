-- expect: restored
-- setup
create table t (id int primary key, v int);
create view old as select id from t;
create function f() returns int language sql as 'select 1';
-- change
create or replace function f() returns int language sql as 'select 2';
create view fresh as select id, v from t;
create type mood as enum ('a');
-- change
create or replace function f() returns int language sql as 'select 3';
create or replace view fresh as select id, v, f() as f from t;
alter table t rename to u;
alter type mood rename to feeling;
-- change
drop view fresh, old;
drop function f();
drop type feeling;
