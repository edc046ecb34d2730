-- expect: refused: a type was changed in a step that attached or detached it
-- setup
CREATE TABLE t (id int, d int) PARTITION BY LIST (d);
CREATE TABLE t1 (id int, d int);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
-- change
ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1);
ALTER TABLE t ALTER id TYPE text;
