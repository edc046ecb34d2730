-- expect: refused: attribute a was dropped, and column s of table public.u holds values of the type
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE u (id int PRIMARY KEY, s t);
INSERT INTO u VALUES (1, ROW(1, 1));
-- change
ALTER TABLE t DROP COLUMN a;
