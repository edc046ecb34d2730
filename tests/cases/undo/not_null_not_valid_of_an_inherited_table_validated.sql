-- What is validated in the same step is not valid again before the row comes.
-- majors: 18
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE s (PRIMARY KEY (id)) INHERITS (t);
INSERT INTO s VALUES (2);
ALTER TABLE t ADD CONSTRAINT k NOT NULL v NOT VALID;
-- change
DELETE FROM t WHERE id = 2;
ALTER TABLE t VALIDATE CONSTRAINT k;
