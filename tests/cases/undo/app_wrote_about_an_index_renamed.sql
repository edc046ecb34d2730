-- The index that the run renamed is the same: the comment stays with it.
-- expect: restored
-- caveat: commutes not
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX x ON t (a);
-- change
ALTER INDEX x RENAME TO y;
-- application
COMMENT ON INDEX y IS 'of the application';
-- survives
SELECT description FROM pg_description WHERE description = 'of the application';
