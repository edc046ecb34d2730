-- What the application wrote into the attribute would go with it.
-- expect: stopped: column s of table public.t, made since, holds values of type "public"."c", which loses attributes
-- setup
CREATE TYPE c AS (x int, y int);
-- change
ALTER TYPE c ADD ATTRIBUTE z int;
-- application
CREATE TABLE t (id int PRIMARY KEY, s c[]);
INSERT INTO t VALUES (1, ARRAY[ROW(1, 1, 5)::c]);
