-- expect: restored
-- setup
create table t (id int primary key, v text) with (toast.autovacuum_vacuum_cost_delay = 5, fillfactor = 90);
-- change
alter table t set (toast.autovacuum_enabled = false, toast.autovacuum_vacuum_cost_delay = 7, fillfactor = 80);
