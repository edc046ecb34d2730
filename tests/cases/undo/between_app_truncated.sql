-- The rows of the first step are gone before the second.
-- expect: conflict
-- conflict: deleted "public"."t" id = 1
-- conflict: deleted "public"."t" id = 2
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
UPDATE t SET a = a + 10;
-- application
TRUNCATE t;
INSERT INTO t VALUES (5, 5);
-- change
UPDATE t SET a = a + 100;
