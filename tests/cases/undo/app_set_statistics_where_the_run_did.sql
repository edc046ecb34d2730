-- expect: conflict
-- conflict: altered statistics "public"."st"
-- conflict: altered comment of statistics "public"."st"
-- conflict: altered index "public"."x"
-- setup
CREATE TABLE t (id int PRIMARY KEY, n int);
CREATE STATISTICS st ON id, n FROM t;
CREATE INDEX x ON t ((n + 1));
-- change
ALTER STATISTICS st SET STATISTICS 20; ALTER INDEX x ALTER COLUMN 1 SET STATISTICS 20;
-- application
ALTER STATISTICS st SET STATISTICS 50; ALTER INDEX x ALTER COLUMN 1 SET STATISTICS 50;
COMMENT ON STATISTICS st IS 'of the application';
