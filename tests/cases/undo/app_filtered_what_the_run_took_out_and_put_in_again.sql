-- expect: conflict
-- conflict: altered publication "p"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE PUBLICATION p FOR TABLE t (id, a);
-- change
ALTER PUBLICATION p DROP TABLE t;
ALTER TABLE t ALTER a TYPE bigint;
ALTER PUBLICATION p ADD TABLE t (id, a);
-- application
ALTER PUBLICATION p SET TABLE t (id, a) WHERE (id > 5);
