-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y');
-- change
UPDATE t SET a = a + 10 WHERE id = 1;
-- application
UPDATE t SET a = 77, b = 'application' WHERE id = 2;
INSERT INTO t VALUES (3, 3, 'z');
-- change
ALTER TABLE t ALTER COLUMN a TYPE text USING 'a' || a;
-- application
UPDATE t SET b = 'later' WHERE id = 3;
