-- expect: conflict
-- conflict: altered EXECUTE privilege on function public.f() of "case_reader"
-- setup
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC;
-- change
GRANT EXECUTE ON FUNCTION f() TO case_reader;
-- application
GRANT EXECUTE ON FUNCTION f() TO case_reader WITH GRANT OPTION;
