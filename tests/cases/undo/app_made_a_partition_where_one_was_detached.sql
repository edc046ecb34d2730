-- expect: conflict: what was made since contradicts a definition that comes back
-- setup
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
-- change
ALTER TABLE p DETACH PARTITION p1;
-- application
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (5) TO (15);
