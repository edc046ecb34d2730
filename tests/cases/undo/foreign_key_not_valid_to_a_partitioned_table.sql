-- A foreign key to a partitioned table has another one for each partition, which goes and comes with it.
-- expect: restored
-- setup
CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE parent_low PARTITION OF parent FOR VALUES FROM (MINVALUE) TO (4);
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'one');
-- change
ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES parent (id) NOT VALID;
-- change
DELETE FROM t;
