-- REVOKE takes the same privilege on columns along, and no other.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
-- change
GRANT SELECT ON t TO case_reader;
-- application
GRANT UPDATE (a) ON t TO case_reader; GRANT INSERT ON t TO case_reader WITH GRANT OPTION;
-- survives
SELECT has_column_privilege('case_reader', 't', 'a', 'UPDATE'), has_table_privilege('case_reader', 't', 'INSERT');
