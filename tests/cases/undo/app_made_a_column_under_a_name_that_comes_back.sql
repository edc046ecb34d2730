-- expect: conflict: a column was made since under a name that comes back
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'one');
-- change
ALTER TABLE t RENAME COLUMN v TO w;
-- application
ALTER TABLE t ADD COLUMN v int; UPDATE t SET v = 5;
