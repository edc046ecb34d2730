-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
create statistics s1 (ndistinct) on a, b from t;
create statistics s2 on (a + b), b from t;
comment on statistics s2 is 'two';
-- change
drop statistics s1;
alter statistics s2 set statistics 5;
create statistics s3 on a, b from t;
