-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY);
GRANT INSERT ON t TO case_writer;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- change
GRANT UPDATE ON t TO case_writer;
-- application
GRANT SELECT ON t TO case_reader;
GRANT EXECUTE ON FUNCTION f() TO case_reader;
ALTER TABLE t SET (fillfactor = 50);
-- change
REVOKE ALL ON t FROM case_reader;
REVOKE ALL ON FUNCTION f() FROM case_reader;
ALTER TABLE t RESET (fillfactor);
