-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t VALUES (1, 1, 1), (2, 2, 2);
-- change
UPDATE t SET a = a + 10;
-- application
ALTER TABLE t RENAME COLUMN b TO c;
UPDATE t SET c = 77 WHERE id = 1;
-- change
UPDATE t SET c = c + 100;
