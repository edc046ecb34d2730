-- The second step goes back to the application's function, which stands in the way of the first.
-- expect: conflict
-- conflict: altered function public.f()
-- setup
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- change
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';
-- application
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 7';
-- change
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 3';
