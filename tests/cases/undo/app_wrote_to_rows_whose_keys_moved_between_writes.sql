-- expect: conflict
-- conflict: changed "public"."t" id = 11 note
-- conflict: exists "public"."t" id = 2
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, note text DEFAULT 'none');
INSERT INTO t VALUES (1, 1, NULL), (2, 2, 'two'), (3, 3, NULL);
-- change
UPDATE t SET id = id;
UPDATE t SET id = id + 10;
UPDATE t SET v = 0;
-- application
UPDATE t SET note = 'app' WHERE id = 11;
INSERT INTO t VALUES (2, NULL, NULL);
