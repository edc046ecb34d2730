-- expect: conflict
-- setup
CREATE SCHEMA s;
-- change
DROP SCHEMA s; CREATE SCHEMA s;
-- application
DROP SCHEMA s;
