-- What refers by it alone is neither a conflict nor an orphan, whichever way things go.
-- majors: 18
-- expect: restored
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, r int CONSTRAINT f REFERENCES p, l int REFERENCES p NOT ENFORCED);
INSERT INTO p VALUES (1);
INSERT INTO t VALUES (1, 1, 2);
-- change
ALTER TABLE t ALTER CONSTRAINT f NOT ENFORCED;
-- change
DELETE FROM p;
INSERT INTO p VALUES (2);
-- application
INSERT INTO t VALUES (2, NULL, 2);
