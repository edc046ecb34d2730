-- expect: restored
-- caveat: column order
-- What came back stands last, and what names it is known again all the same.
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t VALUES (1, 2, 3);
-- change
CREATE PUBLICATION p FOR TABLE t (id, a, b);
-- change
ALTER PUBLICATION p SET TABLE t (id, b);
ALTER TABLE t DROP COLUMN a;
