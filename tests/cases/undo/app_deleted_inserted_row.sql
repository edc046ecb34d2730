-- expect: restored
-- setup
create table t (id int primary key, v text, w text);
-- change
insert into t values (100, 'new'), (101, 'new');
-- application
delete from t where id = 100;
