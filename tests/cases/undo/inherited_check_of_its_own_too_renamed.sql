-- expect: restored
-- setup
CREATE TABLE p (id int, a int, CONSTRAINT c1 CHECK (a > 0));
CREATE TABLE c (id int, a int, x int, CONSTRAINT c1 CHECK (a > 0));
CREATE TABLE d (id int, a int, CONSTRAINT c1 CHECK (a > 0)) INHERITS (c);
-- change
ALTER TABLE c INHERIT p;
ALTER TABLE p RENAME CONSTRAINT c1 TO c2;
