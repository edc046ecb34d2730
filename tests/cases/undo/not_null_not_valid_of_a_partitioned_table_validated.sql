-- What is validated in the same step is not valid again before the row comes.
-- majors: 18
-- expect: restored
-- setup
CREATE TABLE t (id int NOT NULL UNIQUE, v text) PARTITION BY RANGE (id);
CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (MINVALUE) TO (4);
INSERT INTO t VALUES (2);
ALTER TABLE t ADD CONSTRAINT k NOT NULL v NOT VALID;
-- change
DELETE FROM t WHERE id = 2;
ALTER TABLE t VALIDATE CONSTRAINT k;
