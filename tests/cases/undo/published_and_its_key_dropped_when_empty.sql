-- expect: refused: published without a replica identity
-- superuser
CREATE PUBLICATION pub FOR ALL TABLES;
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
-- change
ALTER TABLE t DROP COLUMN id;
