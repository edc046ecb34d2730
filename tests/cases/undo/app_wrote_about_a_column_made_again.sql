-- expect: conflict
-- conflict: altered column "a" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
-- change
ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a text;
-- application
COMMENT ON COLUMN t.a IS 'what it is now';
