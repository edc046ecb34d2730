-- The way back writes rows, and gives their column its old type: its own capture compares the whole table.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, b box, a text);
INSERT INTO t VALUES (1, NULL, 'x'), (2, '(2,2),(0,0)', 'y');
-- change
ALTER TABLE t ALTER COLUMN b TYPE text;
UPDATE t SET a = a || '!';
-- change
DELETE FROM t WHERE id = 1;
UPDATE t SET b = '(1,1),(0,0)';
ALTER TABLE t RENAME TO t2;
