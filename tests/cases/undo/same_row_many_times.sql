-- expect: restored
-- setup
create table t (id int primary key, n int);
insert into t select i, 0 from generate_series(1, 10) i;
-- change
do $$ begin for i in 1..20 loop update t set n = n + 1 where id % 2 = 0; end loop; end $$;
update t set n = 0 where id = 2;
delete from t where id = 4; insert into t values (4, 99); update t set n = 100 where id = 4;
insert into t values (50, 1); update t set n = 2 where id = 50; delete from t where id = 50;
insert into t values (51, 1); update t set n = 2 where id = 51;
delete from t where id = 6; insert into t values (6, 60); delete from t where id = 6;
-- change
update t set n = n * 2;
delete from t where id = 51;
insert into t values (60, 1);
-- change
update t set n = 7 where id in (2, 60);
delete from t where id in (1, 60);
insert into t values (1, 5);
