-- The second step writes over the application's value in a column that the first one added: it is that of neither.
-- expect: conflict
-- conflict: filled "public"."t" id = 1 b
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
ALTER TABLE t ADD COLUMN b int;
UPDATE t SET b = a;
-- application
UPDATE t SET b = 77 WHERE id = 1;
-- change
UPDATE t SET b = b * 2 WHERE id = 2;
