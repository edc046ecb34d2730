-- expect: conflict: a schema may have been renamed or dropped since
-- setup
CREATE SCHEMA s;
-- change
DROP SCHEMA s; CREATE SCHEMA s;
-- application
DROP SCHEMA s;
