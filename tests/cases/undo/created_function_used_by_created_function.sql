-- expect: restored
-- setup
create table kept (id int primary key);
-- change
create function f1(x int) returns int language sql immutable as 'select x + 1';
create function f2(x int) returns int language sql immutable return f1(x) + 1;
create table t (id int primary key default f2(1), g int generated always as (f1(3)) stored);
create view v as select f2(id) as n from kept;
