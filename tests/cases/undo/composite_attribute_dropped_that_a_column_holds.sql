-- The value of the attribute is gone from the rows, and no undo log has it.
-- expect: refused: attribute y was dropped, and column s of table public.t holds values of the type
-- setup
CREATE TYPE c AS (x int, y int);
CREATE TABLE t (id int PRIMARY KEY, s c);
INSERT INTO t VALUES (1, ROW(1, 1));
-- change
ALTER TYPE c DROP ATTRIBUTE y;
