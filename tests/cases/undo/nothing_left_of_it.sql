-- expect: restored
-- setup
create table t (id int primary key, n int);
insert into t values (1, 1);
-- change
update t set n = 2; update t set n = 1;
insert into t values (2, 2); delete from t where id = 2;
