-- The values of the key come back before the key: until then no row may be touched.
-- expect: refused: published without a replica identity
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'a'), (2, 'b');
CREATE PUBLICATION pub FOR TABLE t;
-- change
ALTER TABLE t DROP COLUMN id;
