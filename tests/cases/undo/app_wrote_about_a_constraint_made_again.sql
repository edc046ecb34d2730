-- expect: conflict
-- conflict: altered comment of constraint "k" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT k CHECK (a > 0));
-- change
ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k CHECK (a > -1);
-- application
COMMENT ON CONSTRAINT k ON t IS 'zero is meant to be there';
