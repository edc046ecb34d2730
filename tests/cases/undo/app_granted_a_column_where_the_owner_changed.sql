-- expect: restored
-- superuser
GRANT case_writer TO app_owner; GRANT CREATE ON SCHEMA public TO case_writer;
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
GRANT SELECT ON t TO case_reader;
-- change
ALTER TABLE t OWNER TO case_writer;
-- application
GRANT UPDATE (a) ON t TO case_reader;
-- survives
SELECT has_column_privilege('case_reader', 't', 'a', 'UPDATE');
