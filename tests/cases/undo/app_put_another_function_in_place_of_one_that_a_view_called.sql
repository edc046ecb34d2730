-- The view would call the other function, and read the same.
-- expect: stopped: public.f() is called public.g() now, and another one has its name
-- setup
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW v AS SELECT f() AS a;
-- change
DROP VIEW v;
-- application
ALTER FUNCTION f() RENAME TO g;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';
