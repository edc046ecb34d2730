-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
UPDATE t SET a = a + 10 WHERE id = 1;
-- application
INSERT INTO t VALUES (3, 3);
CREATE INDEX t_a ON t (a);
GRANT SELECT ON t TO case_reader;
COMMENT ON COLUMN t.a IS 'of the application';
-- change
DROP TABLE t;
