-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
-- change
update t set v = 'c' where id = 1;
delete from t where id = 2;
-- change
drop table t;
