-- expect: conflict
-- conflict: altered type "public"."d"
-- setup
CREATE DOMAIN d AS int CONSTRAINT c CHECK (value > 0);
-- change
COMMENT ON CONSTRAINT c ON DOMAIN d IS 'of the run';
-- application
COMMENT ON CONSTRAINT c ON DOMAIN d IS 'of the application';
