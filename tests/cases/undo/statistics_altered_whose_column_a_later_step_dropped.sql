-- expect: restored
-- caveat: column order
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE STATISTICS st (dependencies) ON a, b, (a + id) FROM t;
-- change
ALTER STATISTICS st SET STATISTICS 44;
-- change
ALTER TABLE t DROP COLUMN a;
