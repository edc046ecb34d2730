-- No type changes at all, and every value does.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'One'), (2, 'two');
-- change
ALTER TABLE t ALTER v TYPE text USING upper(v);
-- application
INSERT INTO t VALUES (9, 'Mine');
-- survives
SELECT * FROM t WHERE id = 9;
