-- expect: restored
-- setup
create table t (id numeric primary key, f float8 unique, v text);
insert into t values (1.10, '-0', 'a'), (2, 1, 'b'), (3.0, null, 'c');
-- change
update t set id = 1.1, f = 0 where id = 1.1;
delete from t where id = 2; insert into t values (2.00, 1, 'b');
-- application
update t set v = 'app' where id = 3;
