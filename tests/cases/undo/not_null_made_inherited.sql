-- What inherits would keep it as its own constraint. To bring that again as inherited only, nothing is known.
-- majors: 18
-- expect: restored
-- caveat: not turned
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, CONSTRAINT n NOT NULL v NO INHERIT);
CREATE TABLE s () INHERITS (t);
CREATE TABLE own (CONSTRAINT mine NOT NULL v) INHERITS (t);
INSERT INTO s VALUES (2, NULL);
-- change
DELETE FROM s;
ALTER TABLE t ALTER CONSTRAINT n INHERIT;
