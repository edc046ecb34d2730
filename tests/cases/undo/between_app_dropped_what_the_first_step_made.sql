-- What the run made and the application dropped is a conflict, whatever stands under its name.
-- expect: conflict
-- conflict: altered index "public"."t_a"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
CREATE INDEX t_a ON t (a);
-- application
DROP INDEX t_a;
-- change
CREATE UNIQUE INDEX t_a ON t (a);
UPDATE t SET a = a + 1 WHERE id = 2;
