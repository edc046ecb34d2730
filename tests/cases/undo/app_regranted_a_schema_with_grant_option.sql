-- expect: conflict
-- conflict: altered USAGE privilege on schema "s" of "case_reader"
-- setup
CREATE SCHEMA s;
-- change
GRANT USAGE ON SCHEMA s TO case_reader;
-- application
GRANT USAGE ON SCHEMA s TO case_reader WITH GRANT OPTION;
