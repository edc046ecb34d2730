-- expect: refused: constraint "pos" of domain "public"."d": it was dropped
-- setup
CREATE DOMAIN d AS int CONSTRAINT pos CHECK (value > 0);
CREATE DOMAIN e AS d;
CREATE TYPE c AS (x int, y e);
CREATE TABLE t (id int PRIMARY KEY, y c);
-- change
DROP TABLE t;
DROP TYPE c;
DROP DOMAIN e;
DROP DOMAIN d;
