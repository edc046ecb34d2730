-- expect: restored
-- caveat: column order
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE PUBLICATION p FOR TABLE t (id, a, b);
-- change
ALTER PUBLICATION p SET TABLE t (id, a, b) WHERE (id > 0);
-- change
ALTER PUBLICATION p SET TABLE t (id, b) WHERE (id > 0);
ALTER TABLE t DROP COLUMN a;
