-- What was written back would be rounded: the proof finds it, and the cure is named.
-- expect: conflict: rows of "public"."t" did not come back as they were
-- on conflict: restore
-- setup
CREATE TABLE t (id int PRIMARY KEY, v numeric, w numeric);
INSERT INTO t VALUES (1, 1.567, 1), (2, 2.25, 2), (3, 7, 3);
-- change
UPDATE t SET v = 2 WHERE id < 3;
-- application
ALTER TABLE t ALTER COLUMN v TYPE numeric(12, 2);
