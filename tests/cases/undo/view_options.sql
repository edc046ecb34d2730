-- expect: restored
-- setup
create table t (id int primary key);
create view v with (security_barrier) as select id from t;
-- change
alter view v reset (security_barrier);
alter view v set (check_option = local);
alter view v alter column id set default 3;
