-- expect: conflict
-- conflict: type "public"."t" id = 3000000000 id
-- conflict: type "public"."t" id = 4000000000 id
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 5) i;
-- change
ALTER TABLE t ALTER id TYPE bigint;
-- application
INSERT INTO t VALUES (3000000000, 1), (6, 6), (4000000000, 2);
UPDATE t SET v = 0 WHERE id = 1;
