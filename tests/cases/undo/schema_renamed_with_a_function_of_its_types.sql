-- expect: refused: types of its arguments are in a schema that was renamed, or made anew under the name of another
-- setup
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad');
-- change
ALTER SCHEMA s RENAME TO s2;
CREATE FUNCTION s2.f(s2.mood) RETURNS int LANGUAGE sql AS 'SELECT 2';
