-- expect: restored
-- caveat: column order
-- setup
CREATE TABLE t (id numeric PRIMARY KEY, "Odd 2" text[], v int);
-- change
CREATE STATISTICS st4 ON id, "Odd 2" FROM t;
CREATE STATISTICS st5 ON "Odd 2", (id + v) FROM t;
-- change
ALTER TABLE t DROP COLUMN id CASCADE;
