-- expect: restored
-- majors: 18
-- setup
CREATE TABLE p (id int, a int CONSTRAINT nn NOT NULL);
CREATE TABLE c (id int, a int CONSTRAINT nn NOT NULL) INHERITS (p);
CREATE TABLE e () INHERITS (c);
-- change
ALTER TABLE p RENAME CONSTRAINT nn TO n2;
