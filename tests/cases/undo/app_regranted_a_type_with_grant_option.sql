-- expect: conflict
-- conflict: altered USAGE privilege on type "public"."mood" of "case_reader"
-- setup
CREATE TYPE mood AS ENUM ('sad', 'glad'); REVOKE ALL ON TYPE mood FROM PUBLIC;
-- change
GRANT USAGE ON TYPE mood TO case_reader;
-- application
GRANT USAGE ON TYPE mood TO case_reader WITH GRANT OPTION;
