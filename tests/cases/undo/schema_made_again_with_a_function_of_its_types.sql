-- The function is dropped by its arguments, and these are called otherwise by then.
-- expect: refused: types of its arguments are in a schema that was renamed, or made anew under the name of another
-- setup
CREATE SCHEMA s;
-- change
DROP SCHEMA s;
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad');
CREATE FUNCTION s.f(s.mood) RETURNS int LANGUAGE sql AS 'SELECT 2';
