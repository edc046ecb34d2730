-- expect: conflict
-- conflict: type "public"."t1" id = 5000000000, d = 1 id
-- setup
CREATE TABLE t (id int, d int, v text, PRIMARY KEY (id, d)) PARTITION BY LIST (d);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b');
-- change
UPDATE t SET v = upper(v);
ALTER TABLE t ALTER id TYPE bigint;
-- application
INSERT INTO t VALUES (5000000000, 1, 'c');
