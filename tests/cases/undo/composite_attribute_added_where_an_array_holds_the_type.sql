-- What the application writes into the attribute would go with it.
-- expect: refused: attribute z was added, and column s of table public.t holds values of the type
-- setup
CREATE TYPE c AS (x int, y int);
CREATE DOMAIN d AS c[];
CREATE TYPE e AS (a int, b d);
CREATE TABLE t (id int PRIMARY KEY, s e);
INSERT INTO t VALUES (1, ROW(1, ARRAY[ROW(1, 1)::c]));
-- change
ALTER TYPE c ADD ATTRIBUTE z int;
