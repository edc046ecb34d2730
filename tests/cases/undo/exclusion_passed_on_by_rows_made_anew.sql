-- expect: restored
-- setup
create table t (id int primary key, r int4range, exclude using gist (r with &&));
insert into t values (1, '[1,3)'), (2, '[3,5)');
-- change
delete from t;
insert into t values (1, '[4,8)'), (2, '[1,4)');
