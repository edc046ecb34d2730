-- What the application dropped comes back with the table of before.
-- expect: conflict
-- conflict: altered column "c" of "public"."t"
-- conflict: altered constraint "t_pkey" of "public"."t"
-- conflict: altered index "t_a" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, c int);
CREATE INDEX t_a ON t (a);
-- change
DROP TABLE t;
CREATE TABLE t (id int PRIMARY KEY, a int, c int, d int CONSTRAINT of_the_run CHECK (d > 0));
CREATE INDEX t_a ON t (a);
-- application
ALTER TABLE t DROP CONSTRAINT t_pkey;
ALTER TABLE t DROP COLUMN c;
ALTER TABLE t DROP CONSTRAINT of_the_run;
DROP INDEX t_a;
