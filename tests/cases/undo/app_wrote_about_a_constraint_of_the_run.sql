-- A constraint that has no other of its name goes, and its comment with it.
-- expect: restored
-- caveat: commutes not
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
ALTER TABLE t ADD CONSTRAINT k CHECK (a > -1);
-- application
COMMENT ON CONSTRAINT k ON t IS 'zero is meant to be there';
