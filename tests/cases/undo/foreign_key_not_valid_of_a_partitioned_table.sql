-- A partition has the foreign key from above: it cannot be put aside for a row that refers to nothing.
-- majors: 18
-- expect: refused: refer by k to rows that are not there
-- setup
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE t (id int NOT NULL UNIQUE) PARTITION BY RANGE (id);
CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (MINVALUE) TO (4);
INSERT INTO t VALUES (2);
ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES parent (id) NOT VALID;
-- change
DELETE FROM t WHERE id = 2;
