-- expect: conflict
-- conflict: altered comment of function public.f()
-- setup
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- change
COMMENT ON FUNCTION f() IS 'of the run';
-- application
COMMENT ON FUNCTION f() IS 'of the application';
