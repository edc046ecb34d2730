-- expect: restored
-- setup
create table t (id int primary key);
create sequence q;
-- change
alter table t add column a int;
alter sequence q owned by t.a;
