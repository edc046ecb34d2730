-- expect: refused: published without a replica identity
-- setup
CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text);
INSERT INTO t VALUES (1, 'a');
CREATE PUBLICATION pub FOR TABLE t;
-- change
TRUNCATE t;
