-- expect: refused: needs it
-- setup
create table t (id int primary key, a int);
create view v as select id, a + 1 as b from t;
create function f() returns bigint language sql stable return (select sum(b) from v);
create view w as select f() as f;
-- change
drop view w;
drop function f();
drop view v;
