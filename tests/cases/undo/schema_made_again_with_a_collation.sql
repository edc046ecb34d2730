-- expect: refused: it is in a schema that was renamed, or made anew under the name of another
-- setup
CREATE SCHEMA s;
-- change
DROP SCHEMA s;
CREATE SCHEMA s;
CREATE COLLATION s.c (locale = 'C');
