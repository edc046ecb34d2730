-- expect: conflict
-- conflict: type "public"."t" (a,5000000000) v
-- setup
CREATE TABLE t (a text, v int);
INSERT INTO t VALUES ('a', 1), ('a', 1), ('b', 2);
-- change
ALTER TABLE t ALTER v TYPE bigint;
UPDATE t SET v = v + 1 WHERE a = 'a';
-- application
INSERT INTO t VALUES ('c', 3), ('a', 5000000000);
