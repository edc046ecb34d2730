-- What others may do is no matter of what the run granted.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
GRANT UPDATE ON t TO case_reader;
-- application
GRANT UPDATE (a) ON t TO case_writer;
-- survives
SELECT has_column_privilege('case_writer', 't', 'a', 'UPDATE');
