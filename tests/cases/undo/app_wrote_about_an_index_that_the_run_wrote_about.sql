-- expect: conflict
-- conflict: altered comment of index "x" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX x ON t (a);
-- change
COMMENT ON INDEX x IS 'of the run';
-- application
COMMENT ON INDEX x IS 'of the application';
