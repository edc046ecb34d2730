-- expect: restored
-- setup
create table t (id int primary key, u int unique, v text);
insert into t values (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
-- change
delete from t where id < 3;
insert into t values (1, null, 'd'), (2, 1, 'e');
