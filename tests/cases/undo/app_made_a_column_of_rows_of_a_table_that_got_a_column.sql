-- The column of the run goes out of the rows too that the application keeps elsewhere.
-- expect: conflict
-- conflict: altered values "u.s" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
ALTER TABLE t ADD COLUMN b int;
-- application
CREATE TABLE u (id int PRIMARY KEY, s t);
INSERT INTO u VALUES (1, ROW(1, 1, 5));
