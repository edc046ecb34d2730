-- expect: refused: TOAST
-- setup
create table t (id int primary key, v text);
-- change
alter table t set (toast.autovacuum_enabled = false);
