-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY);
-- change
DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY);
-- application
ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
