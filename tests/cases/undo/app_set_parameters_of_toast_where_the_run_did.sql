-- expect: conflict
-- conflict: altered storage parameters of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
-- change
ALTER TABLE t SET (toast.autovacuum_enabled = false);
-- application
ALTER TABLE t SET (toast.autovacuum_vacuum_threshold = 99);
