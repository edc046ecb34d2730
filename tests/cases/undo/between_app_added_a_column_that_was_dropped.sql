-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
ALTER TABLE t ADD COLUMN b int DEFAULT 5;
-- application
ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT 'x';
UPDATE t SET c = 'application' WHERE id = 2;
-- change
ALTER TABLE t DROP COLUMN c;
