-- A table that inherits has the constraint from above: it cannot be put aside for a row that violates it.
-- majors: 18
-- expect: refused: its NOT NULL k, as it is now
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE s (PRIMARY KEY (id)) INHERITS (t);
INSERT INTO s VALUES (2);
ALTER TABLE t ADD CONSTRAINT k NOT NULL v NOT VALID;
-- change
DELETE FROM t WHERE id = 2;
