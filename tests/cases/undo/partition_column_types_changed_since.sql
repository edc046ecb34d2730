-- expect: conflict
-- conflict: changed "public"."t1" id = 1, d = 1 v
-- conflict: deleted "public"."t2" id = 2, d = 2
-- conflict: referenced "public"."t2" id = 5, d = 2
-- setup
CREATE TABLE t (id int, d int, v int, w text, PRIMARY KEY (id, d)) PARTITION BY LIST (d);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
CREATE TABLE c (id bigint, d int, FOREIGN KEY (id, d) REFERENCES t ON DELETE CASCADE);
INSERT INTO t VALUES (1, 1, 10, 'a'), (2, 2, 20, 'b'), (3, 2, 30, 'c');
-- change
ALTER TABLE t ALTER id TYPE bigint, ALTER v TYPE numeric;
UPDATE t SET v = v + 0.5;
INSERT INTO t VALUES (5, 2, 50);
-- application
UPDATE t SET v = 7 WHERE id = 1;
DELETE FROM t WHERE id = 2;
UPDATE t SET w = 'mine' WHERE id = 3;
INSERT INTO c VALUES (5, 2), (3, 2);
