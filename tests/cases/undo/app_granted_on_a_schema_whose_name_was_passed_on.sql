-- expect: conflict
-- conflict: altered privileges, comments or settings of schema "s"
-- setup
CREATE SCHEMA s;
-- change
ALTER SCHEMA s RENAME TO s_old; CREATE SCHEMA s;
-- application
GRANT USAGE ON SCHEMA s TO case_reader;
