-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, a int);
-- application
ALTER TABLE t ALTER COLUMN a SET DEFAULT 7;
