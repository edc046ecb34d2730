-- A comment is all that the step writes of the schema, which must not be taken for a new one.
-- expect: restored
-- setup
CREATE SCHEMA side;
CREATE TABLE t (id int PRIMARY KEY);
-- change
COMMENT ON SCHEMA side IS 'the side';
-- change
ALTER TABLE t SET SCHEMA side;
COMMENT ON SCHEMA side IS 'the other side';
