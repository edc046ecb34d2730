-- expect: refused: a type was changed in an inheritance tree
-- setup
CREATE TABLE t (id int);
CREATE TABLE t1 () INHERITS (t);
INSERT INTO t1 VALUES (1);
-- change
ALTER TABLE t ALTER id TYPE text;
