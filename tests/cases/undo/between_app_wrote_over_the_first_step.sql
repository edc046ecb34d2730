-- The second step goes back to what the application had written, and that stands in the way of the first.
-- expect: conflict
-- conflict: changed "public"."t" id = 1 a
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
UPDATE t SET a = a + 10;
-- application
UPDATE t SET a = 70 WHERE id = 1;
-- change
UPDATE t SET a = a + 100;
