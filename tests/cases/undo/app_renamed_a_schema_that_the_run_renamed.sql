-- expect: conflict: a schema may have been renamed or dropped since
-- setup
CREATE SCHEMA s;
-- change
ALTER SCHEMA s RENAME TO s2;
-- application
ALTER SCHEMA s2 RENAME TO s3;
