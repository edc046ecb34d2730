-- expect: restored
-- setup
CREATE TABLE t (a int, b text);
INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'y');
-- change
UPDATE t SET b = 'first' WHERE a = 1;
-- application
INSERT INTO t VALUES (1, 'x'), (3, 'z'), (3, 'z');
-- change
DELETE FROM t WHERE a = 3;
UPDATE t SET b = 'second' WHERE a = 2;
