-- expect: conflict
-- conflict: altered options of publication "p"
-- conflict: altered comment of publication "p"
-- setup
CREATE PUBLICATION p;
-- change
ALTER PUBLICATION p SET (publish = 'insert'); COMMENT ON PUBLICATION p IS 'of the run';
-- application
ALTER PUBLICATION p SET (publish_via_partition_root = true); COMMENT ON PUBLICATION p IS 'of the application';
