-- expect: restored
-- setup
CREATE TYPE c AS (x int, y int);
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
-- change
ALTER TABLE t ADD COLUMN s c;
CREATE TABLE u (id int PRIMARY KEY, s c);
ALTER TYPE c ADD ATTRIBUTE z int;
