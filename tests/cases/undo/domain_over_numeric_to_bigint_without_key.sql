-- expect: refused: its values of type bigint cannot be cast back to public.positive as they are, and no key tells the rows
-- setup
CREATE DOMAIN positive AS numeric(8,3) CHECK (value > 0);
CREATE TABLE t (v positive);
INSERT INTO t VALUES (1.100), (2);
-- change
ALTER TABLE t ALTER COLUMN v TYPE bigint;
