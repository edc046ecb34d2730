-- expect: restored
-- setup
create table t (id int primary key, a int);
create view v as select id, a + 1 as b from t;
create function f() returns bigint language sql return (select sum(b) from v);
create function g() returns bigint language sql return f() + 1;
create function h() returns setof v language sql as 'select * from v';
-- change
drop view v cascade;
