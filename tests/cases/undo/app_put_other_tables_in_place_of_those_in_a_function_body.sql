-- The body of a function is text: it means the table that has the name when it is called, as it would without the run.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(a) FROM public.t';
-- change
DROP FUNCTION f();
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT max(a)::bigint FROM public.t';
-- application
ALTER TABLE t RENAME TO t_old;
CREATE TABLE t (id int PRIMARY KEY, a int);
