-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
-- change
DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text);
-- application
ALTER TABLE t SET (toast.autovacuum_enabled = false);
