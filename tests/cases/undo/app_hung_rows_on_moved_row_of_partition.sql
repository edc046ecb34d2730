-- The row moved to another partition, and the rows that refer to it with it; one more refers to it since.
-- expect: conflict
-- setup
CREATE TABLE p (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE c (id int PRIMARY KEY, p int, k int, FOREIGN KEY (p, k) REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO p VALUES (1, 1);
INSERT INTO c VALUES (1, 1, 1);
-- change
UPDATE p SET k = 11;
-- conflict: referenced "public"."p2" id = 1, k = 11
-- application
INSERT INTO c VALUES (2, 1, 11);
