-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 1);
-- change
UPDATE t SET id = id;
UPDATE t SET id = id + 10;
UPDATE t SET v = 0;
