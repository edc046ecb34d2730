-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
notify jobs, 'once';
select pg_notify('jobs', v) from t;
select pg_advisory_xact_lock(42);
update t set v = 'b';
