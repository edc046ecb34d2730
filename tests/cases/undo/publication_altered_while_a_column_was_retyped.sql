-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t VALUES (1, 1, 'x');
CREATE PUBLICATION p FOR TABLE t (id, a);
-- change
ALTER PUBLICATION p DROP TABLE t;
ALTER TABLE t ALTER a TYPE bigint;
ALTER PUBLICATION p ADD TABLE t (id, a);
