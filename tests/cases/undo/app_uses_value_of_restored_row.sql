-- expect: conflict: unique
-- setup
create table t (id int primary key, code text unique);
insert into t values (1, 'a'), (2, 'b');
-- change
delete from t where id = 1;
update t set code = 'c' where id = 2;
-- application
insert into t values (3, 'a');
