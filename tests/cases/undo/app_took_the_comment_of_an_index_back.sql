-- What it wrote is what stood there before the run.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX x ON t (a);
-- change
COMMENT ON INDEX x IS 'of the run';
-- application
COMMENT ON INDEX x IS NULL;
