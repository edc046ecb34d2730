-- expect: restored
-- setup
create table t (id int primary key, a int);
insert into t values (1, 1);
-- change
alter table t alter column a type text;
update t set a = 'abc';
