-- expect: restored
-- setup
create table t (id int primary key, a text, b text, c int);
insert into t values (1, 'a', 'b', 1), (2, 'b', 'b', 2);
-- change
update t set a = 'x';
-- change
update t set a = 'y', id = id;
-- application
alter table t rename column b to bb;
alter table t alter column c type text;
update t set c = 'text' where id = 2;
