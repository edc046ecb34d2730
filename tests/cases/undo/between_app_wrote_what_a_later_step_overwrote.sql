-- What the application wrote after the first step is the state that the second one goes back to.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t SELECT i, i, 'b' || i FROM generate_series(1, 6) i;
-- change
UPDATE t SET a = a + 10 WHERE id < 4;
-- application
UPDATE t SET b = 'application' WHERE id < 6;
INSERT INTO t VALUES (7, 7, 'new'), (8, 8, 'gone later');
DELETE FROM t WHERE id = 6;
-- change
UPDATE t SET b = upper(b);
DELETE FROM t WHERE id = 8;
-- application
UPDATE t SET a = 99 WHERE id = 5;
