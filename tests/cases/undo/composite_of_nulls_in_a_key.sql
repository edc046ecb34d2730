-- expect: restored
-- setup
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (p pair PRIMARY KEY, v int);
INSERT INTO t VALUES ((NULL, NULL)::pair, 1), ((1, NULL)::pair, 2), ((1, 'one')::pair, 3);
-- change
UPDATE t SET v = v + 1;
INSERT INTO t VALUES ((NULL, 'none')::pair, 4);
-- change
UPDATE t SET v = v + 1 WHERE v < 4;
DELETE FROM t WHERE v = 3;
-- change
ALTER TABLE t ADD COLUMN w int;
UPDATE t SET w = v;
INSERT INTO t VALUES ((NULL, NULL)::pair, 5);
-- change
UPDATE t SET p = (NULL, 'moved')::pair WHERE v = 5;
