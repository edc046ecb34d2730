-- majors: 18
-- expect: refused: constraint "m" of "public"."s": it is inherited from several tables
-- setup
CREATE TABLE t (v int, CONSTRAINT n NOT NULL v NO INHERIT);
CREATE TABLE o (v int, CONSTRAINT m NOT NULL v);
CREATE TABLE s () INHERITS (t, o);
-- change
ALTER TABLE t ALTER CONSTRAINT n INHERIT;
