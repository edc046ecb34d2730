-- The server joins the index of the constraint to the new one, and lets the new one not go without it.
-- expect: refused: belongs to a constraint
-- setup
CREATE TABLE t (id int NOT NULL, d int) PARTITION BY LIST (id);
CREATE TABLE t1 (id int NOT NULL, d int, CONSTRAINT mine UNIQUE (id));
ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1);
-- change
CREATE UNIQUE INDEX i ON t (id);
