-- The key goes in a later step; the partitions, one with its columns elsewhere, refer to what an earlier one inserted.
-- expect: restored
-- setup
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE c (id int PRIMARY KEY, p int CONSTRAINT fk REFERENCES p ON DELETE CASCADE) PARTITION BY RANGE (id);
CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
CREATE TABLE c11 (junk int, p int, id int NOT NULL);
ALTER TABLE c11 DROP COLUMN junk;
ALTER TABLE c1 ATTACH PARTITION c11 FOR VALUES FROM (0) TO (5);
-- change
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (2, 1);
-- change
ALTER TABLE c DROP CONSTRAINT fk;
