-- expect: conflict
-- conflict: altered policy "p" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY); CREATE POLICY p ON t USING (id > 0);
-- change
DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY); CREATE POLICY p ON t USING (id > 0);
-- application
ALTER POLICY p ON t USING (id > 5);
