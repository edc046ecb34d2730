-- expect: conflict
-- conflict: altered constraint "c" of "public"."t"
-- setup
SELECT 1;
-- change
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT c CHECK (a > 0)); CREATE INDEX i ON t (a);
-- application
ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1 AND id > 0);
