-- expect: conflict
-- conflict: altered default privileges on tables for role "app_owner" IN SCHEMA "s" of "case_reader"
-- setup
CREATE SCHEMA s;
-- change
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO case_reader;
-- application
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO case_reader WITH GRANT OPTION;
