-- expect: restored
-- Rows are told by all of their values, and equal ones counted; other rows may change, come and go meanwhile.
-- setup
CREATE TABLE t (a text, at timestamptz);
INSERT INTO t VALUES ('a', '2024-01-01'), ('a', '2024-01-01'), ('b', NULL), (NULL, NULL), ('d', '2024-05-05');
-- change
ALTER TABLE t ADD COLUMN note text;
UPDATE t SET note = 'old ' || a WHERE a <> 'd';
-- application
INSERT INTO t (a) VALUES ('e');
DELETE FROM t WHERE a = 'b';
UPDATE t SET at = '2025-05-05' WHERE a = 'd';
