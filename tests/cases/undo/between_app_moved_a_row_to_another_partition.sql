-- expect: restored
-- setup
CREATE TABLE t (id int, part int, a int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
INSERT INTO t VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3);
-- change
UPDATE t SET a = a + 10 WHERE id = 1;
-- application
UPDATE t SET part = 2 WHERE id = 2;
INSERT INTO t VALUES (4, 1, 4);
-- change
ALTER TABLE t DETACH PARTITION t2;
UPDATE t2 SET a = a + 100;
-- application
INSERT INTO t VALUES (5, 1, 5);
