-- A row without a key is not found by it.
-- expect: refused: the key that tells its rows apart was dropped, and rows have none
-- setup
CREATE TABLE t (id int UNIQUE NOT NULL, v int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
ALTER TABLE t ALTER id DROP NOT NULL;
UPDATE t SET id = NULL WHERE id = 1;
