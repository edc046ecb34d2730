-- expect: conflict
-- conflict: altered column "a" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
ALTER TABLE t RENAME COLUMN a TO a_old; ALTER TABLE t ADD COLUMN a bigint;
-- application
COMMENT ON COLUMN t.a IS 'of the application'; GRANT SELECT (a) ON t TO case_reader;
