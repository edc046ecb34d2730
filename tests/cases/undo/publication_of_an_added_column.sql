-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE PUBLICATION p FOR TABLE t (id, a);
-- change
ALTER TABLE t ADD c int;
ALTER PUBLICATION p SET TABLE t (id, a, c) WHERE (id > 0);
