-- expect: refused: constraint "pos" of domain "public"."d": it was dropped
-- setup
CREATE DOMAIN d AS int CONSTRAINT pos CHECK (value > 0);
CREATE TABLE t (id int PRIMARY KEY, y d[]);
-- change
ALTER DOMAIN d DROP CONSTRAINT pos;
