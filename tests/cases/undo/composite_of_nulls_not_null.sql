-- A row whose values are all NULL IS NULL, and yet a value that NOT NULL lets pass.
-- expect: restored
-- setup
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (id int PRIMARY KEY, p pair NOT NULL);
INSERT INTO t VALUES (1, (NULL, NULL)::pair), (2, (1, NULL)::pair), (3, (1, 'one')::pair);
-- change
ALTER TABLE t DROP COLUMN p;
ALTER TABLE t ADD COLUMN p int;
