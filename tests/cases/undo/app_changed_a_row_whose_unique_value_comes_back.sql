-- expect: conflict: 1 conflict
-- conflict: changed "public"."t" id = 7 v
-- The changed row stays in the way of the one whose value it has: the conflict is told, not what comes of it.
-- setup
CREATE TABLE t (id int PRIMARY KEY, u text UNIQUE, v text);
INSERT INTO t VALUES (1, 'u1', 'v'), (3, 'u3', 'v');
-- change
DELETE FROM t WHERE id = 3;
INSERT INTO t VALUES (7, 'u3', 'run');
-- application
UPDATE t SET v = 'app' WHERE id = 7;
