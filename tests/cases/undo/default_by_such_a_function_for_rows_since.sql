-- What the application inserted gets the default.
-- expect: restored
-- setup
CREATE FUNCTION given() RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'x'::text $$;
CREATE FUNCTION made_up() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN given(); END $$;
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL DEFAULT made_up());
INSERT INTO t VALUES (1, 'mine');
-- change
ALTER TABLE t DROP COLUMN a;
-- application
INSERT INTO t VALUES (2);
