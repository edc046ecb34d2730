-- expect: conflict
-- conflict: altered owner of function public.f()
-- superuser
GRANT case_writer, case_reader TO app_owner; GRANT CREATE ON SCHEMA public TO case_writer, case_reader;
-- setup
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- change
ALTER FUNCTION f() OWNER TO case_writer;
-- application
ALTER FUNCTION f() OWNER TO case_reader;
