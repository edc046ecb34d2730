-- expect: refused: of domain "public"."d"
-- setup
CREATE DOMAIN d AS int NOT NULL;
CREATE TYPE r AS RANGE (SUBTYPE = d);
CREATE TABLE u (id int PRIMARY KEY, r r);
-- change
ALTER DOMAIN d DROP NOT NULL;
