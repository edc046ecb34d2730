-- expect: restored
-- setup
create table t (id int primary key, a int);
create view v1 with (check_option = local) as select id, a from t where a > 0;
create view v2 as select * from v1;
create recursive view v3 (n) as values (1) union all select n + 1 from v3 where n < 5;
comment on view v2 is 'two';
-- change
drop view v1 cascade;
drop view v3;
