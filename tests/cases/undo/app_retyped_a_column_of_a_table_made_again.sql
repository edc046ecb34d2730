-- expect: conflict
-- conflict: altered column "a" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, a int, b int);
-- application
ALTER TABLE t ALTER COLUMN a TYPE text;
