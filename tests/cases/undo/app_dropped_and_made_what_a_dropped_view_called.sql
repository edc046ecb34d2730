-- What the application made anew itself has the name for good.
-- expect: restored
-- caveat: commutes not
-- caveat: once
-- survives
SELECT f();
-- setup
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW v AS SELECT f() AS a;
-- change
DROP VIEW v;
-- application
DROP FUNCTION f();
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';
