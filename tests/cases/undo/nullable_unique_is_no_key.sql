-- expect: restored
-- setup
create table t (id int unique, v text);
insert into t values (1, 'a'), (null, 'b');
-- change
update t set v = 'c';
