-- expect: conflict
-- conflict: altered storage parameters of "public"."t"
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t set (fillfactor = 50);
-- application
alter table t set (fillfactor = 70, autovacuum_enabled = off);
