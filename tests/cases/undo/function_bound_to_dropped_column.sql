-- expect: restored
-- setup
create table t (id int primary key, b int);
insert into t values (1, 7);
create function f() returns bigint language sql return (select sum(b) from t);
-- change
drop function f();
alter table t drop column b;
