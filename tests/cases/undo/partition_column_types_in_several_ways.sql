-- expect: refused: its values of type text are not cast to integer in all partitions in one way
-- setup
CREATE TABLE t (id int, d int, v int, PRIMARY KEY (id, d)) PARTITION BY LIST (d);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
INSERT INTO t VALUES (1, 1, 1), (2, 2, 2);
-- change
ALTER TABLE t ALTER v TYPE text USING CASE d WHEN 1 THEN 'one' ELSE v::text END;
