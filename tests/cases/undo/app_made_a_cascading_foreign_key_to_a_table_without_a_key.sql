-- expect: conflict
-- conflict: referenced "public"."t" (1,2)
-- conflict: referenced "public"."t" (2,3)
-- setup
CREATE TABLE t (u int UNIQUE, v int);
INSERT INTO t VALUES (1, 1), (2, 2), (NULL, 3);
-- change
UPDATE t SET v = v + 1;
-- application
CREATE TABLE c (u int REFERENCES t (u) ON DELETE CASCADE);
INSERT INTO c VALUES (1), (2);
