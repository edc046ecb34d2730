-- expect: restored
-- setup
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (p pair PRIMARY KEY, v int);
INSERT INTO t VALUES ((NULL, NULL)::pair, 1), ((1, NULL)::pair, 2), ((1, 'one')::pair, 3);
-- change
ALTER TABLE t ALTER COLUMN v TYPE text;
UPDATE t SET v = 'x' || v;
DELETE FROM t WHERE p = (1, NULL)::pair;
