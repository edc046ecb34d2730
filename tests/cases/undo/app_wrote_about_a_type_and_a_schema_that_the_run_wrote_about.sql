-- expect: conflict
-- conflict: altered comment of type "public"."mood"
-- conflict: altered comment of schema "side"
-- setup
CREATE TYPE mood AS ENUM ('glad');
CREATE SCHEMA side;
-- change
COMMENT ON TYPE mood IS 'of the run'; COMMENT ON SCHEMA side IS 'of the run';
-- application
COMMENT ON TYPE mood IS 'of the application'; COMMENT ON SCHEMA side IS 'of the application';
