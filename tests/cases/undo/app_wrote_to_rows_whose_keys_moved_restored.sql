-- Of a row that went to another key all comes back, the values too that stayed as they were.
-- expect: settled
-- on conflict: restore
-- conflict: exists "public"."t" id = 2 -> restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, note text DEFAULT 'none');
INSERT INTO t VALUES (1, 1, NULL), (2, 2, NULL), (3, 3, NULL);
-- change
UPDATE t SET id = id;
UPDATE t SET id = id + 10;
UPDATE t SET v = 0;
-- application
INSERT INTO t VALUES (2, NULL, 'app');
-- expected
SELECT 1;
