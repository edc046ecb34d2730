-- expect: restored
-- setup
CREATE DOMAIN positive AS numeric(8,3) CHECK (value > 0);
CREATE TABLE t (id int PRIMARY KEY, v positive, w int);
INSERT INTO t VALUES (1, 1.100), (2, 2), (3, NULL), (4, 4);
-- change
ALTER TABLE t ALTER COLUMN v TYPE bigint;
-- application
UPDATE t SET w = 7 WHERE id = 1;
INSERT INTO t VALUES (5, 5, 5);
