-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y');
-- change
UPDATE t SET a = a + 10;
-- application
ALTER TABLE t ALTER COLUMN a TYPE bigint;
-- change
UPDATE t SET a = a + 10000000000;
-- application
UPDATE t SET b = 'application' WHERE id = 2;
