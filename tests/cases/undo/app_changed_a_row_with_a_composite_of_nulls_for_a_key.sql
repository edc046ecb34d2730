-- expect: conflict
-- conflict: changed "public"."t" p = (,) v
-- setup
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (p pair PRIMARY KEY, v int);
INSERT INTO t VALUES ((NULL, NULL)::pair, 1), ((1, NULL)::pair, 2);
-- change
UPDATE t SET v = v + 10;
-- application
UPDATE t SET v = 7 WHERE v = 11;
