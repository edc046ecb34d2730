-- A partition has the constraint from above: it cannot be put aside for a row that violates it.
-- majors: 18
-- expect: refused: its NOT NULL k, as it is now
-- setup
CREATE TABLE t (id int NOT NULL UNIQUE, v text) PARTITION BY RANGE (id);
CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (MINVALUE) TO (4);
INSERT INTO t VALUES (2);
ALTER TABLE t ADD CONSTRAINT k NOT NULL v NOT VALID;
-- change
DELETE FROM t WHERE id = 2;
