-- The step made both, and nobody wrote since: the partition's row goes with the row that it refers to.
-- expect: restored
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p) PARTITION BY RANGE (id);
CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (0) TO (10);
-- change
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 1);
