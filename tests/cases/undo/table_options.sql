-- expect: restored
-- setup
create table t (id int primary key, v text) with (fillfactor = 70, autovacuum_enabled = false);
create table u (id int primary key, v text);
-- change
alter table t set (fillfactor = 80, autovacuum_vacuum_threshold = 100);
alter table t reset (autovacuum_enabled);
alter table u set (fillfactor = 50);
alter table u alter column v set statistics 200, alter column v set storage external, alter column v set (n_distinct = -0.5);
alter table u alter column v set compression pglz;
cluster u using u_pkey;
