-- REVOKE on a table takes the same privilege on its columns with it.
-- expect: conflict
-- conflict: altered UPDATE privilege "case_reader" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
GRANT UPDATE ON t TO case_reader;
-- application
GRANT UPDATE (a) ON t TO case_reader;
