-- expect: stopped
-- setup
CREATE TABLE t (id int PRIMARY KEY, v bigint);
INSERT INTO t VALUES (1, 1);
-- change
ALTER TABLE t ALTER COLUMN v TYPE numeric;
-- application
INSERT INTO t VALUES (2, 'Infinity');
