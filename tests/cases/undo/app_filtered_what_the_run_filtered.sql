-- expect: conflict
-- conflict: altered publication "p"
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE PUBLICATION p FOR TABLE t;
-- change
ALTER PUBLICATION p SET TABLE t WHERE (id > 3);
-- application
ALTER PUBLICATION p SET TABLE t (id);
