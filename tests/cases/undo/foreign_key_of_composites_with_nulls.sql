-- expect: restored
-- setup
CREATE TYPE pair AS (a int, b text);
CREATE TABLE parent (p pair PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, p pair REFERENCES parent);
INSERT INTO parent VALUES ((NULL, NULL)::pair), ((1, NULL)::pair);
INSERT INTO t VALUES (1, (NULL, NULL)::pair), (2, (1, NULL)::pair), (3, NULL);
-- change
UPDATE t SET p = NULL;
DELETE FROM parent WHERE p = (1, NULL)::pair;
-- change
DELETE FROM parent;
