-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1, b int);
INSERT INTO t VALUES (1, 1, 1);
-- change
ALTER TABLE t ALTER COLUMN b SET NOT NULL;
-- application
ALTER TABLE t ALTER COLUMN a SET DEFAULT 7;
INSERT INTO t (id, b) VALUES (2, 2);
-- change
ALTER TABLE t ALTER COLUMN a SET DEFAULT 9;
INSERT INTO t (id, b) VALUES (3, 3);
