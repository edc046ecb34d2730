-- expect: conflict
-- conflict: altered comment of constraint "u" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));
INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
-- change
UPDATE t SET a = 0 WHERE id = 1; UPDATE t SET a = 1 WHERE id = 2; UPDATE t SET a = 2 WHERE id = 1;
-- application
COMMENT ON CONSTRAINT u ON t IS 'of the application';
