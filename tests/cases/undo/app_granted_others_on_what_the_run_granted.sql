-- What is granted to others, or is another privilege, is kept.
-- expect: restored
-- setup
CREATE SCHEMA s; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC;
-- change
GRANT USAGE ON SCHEMA s TO case_reader; GRANT EXECUTE ON FUNCTION f() TO case_reader;
-- application
GRANT USAGE ON SCHEMA s TO case_writer WITH GRANT OPTION; GRANT CREATE ON SCHEMA s TO case_reader;
GRANT EXECUTE ON FUNCTION f() TO case_writer;
-- survives
SELECT has_schema_privilege('case_writer', 's', 'USAGE'), has_schema_privilege('case_reader', 's', 'CREATE'),
  has_function_privilege('case_writer', 'f()', 'EXECUTE');
