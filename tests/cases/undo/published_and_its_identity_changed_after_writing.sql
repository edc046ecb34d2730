-- expect: refused: published without a replica identity
-- superuser
CREATE PUBLICATION pub FOR ALL TABLES;
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'a'), (2, 'b');
-- change
DELETE FROM t WHERE id = 1;
ALTER TABLE t DROP CONSTRAINT t_pkey;
