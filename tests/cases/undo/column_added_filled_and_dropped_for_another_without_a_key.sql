-- expect: restored
-- setup
CREATE TABLE t (a int, b text);
INSERT INTO t VALUES (1, 'one');
-- change
ALTER TABLE t ADD COLUMN c int DEFAULT 5;
INSERT INTO t VALUES (2, 'two');
-- change
ALTER TABLE t DROP COLUMN c; ALTER TABLE t ADD COLUMN c text;
