-- expect: restored
-- setup
create table t (id int primary key, a text, b text);
insert into t values (1, 'a', 'b');
-- change
update t set a = 'x';
-- application
alter table t drop column b;
