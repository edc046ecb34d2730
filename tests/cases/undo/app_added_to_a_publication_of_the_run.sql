-- expect: conflict
-- conflict: altered publication "p"
-- setup
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE o (id int PRIMARY KEY);
-- change
CREATE PUBLICATION p FOR TABLE t;
-- application
ALTER PUBLICATION p ADD TABLE o;
