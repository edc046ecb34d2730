-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
UPDATE t SET a = a + 10 WHERE id = 1;
-- application
INSERT INTO t VALUES (3, 3);
-- change
UPDATE t SET id = id + 10;
