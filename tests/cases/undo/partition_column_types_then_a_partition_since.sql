-- expect: stopped: tables were made since that belong to "public"."t"
-- setup
CREATE TABLE t (id int, d int) PARTITION BY LIST (d);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
INSERT INTO t VALUES (1, 1);
-- change
ALTER TABLE t ALTER id TYPE bigint;
-- application
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
INSERT INTO t VALUES (5000000000, 2);
