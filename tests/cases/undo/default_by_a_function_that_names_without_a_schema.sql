-- The column comes back under the search_path of the role: the function finds nothing under an empty one.
-- expect: restored
-- caveat: column order
-- caveat: sequence position
-- setup
CREATE SEQUENCE numbers;
CREATE FUNCTION made_up() RETURNS text LANGUAGE sql AS $$ SELECT 'u' || nextval('numbers') $$;
CREATE FUNCTION made_down() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN made_up(); END $$;
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL DEFAULT made_up(), b text DEFAULT made_down(), c int);
INSERT INTO t VALUES (1), (2);
CREATE TABLE dropped (id int PRIMARY KEY, a text NOT NULL DEFAULT made_up());
INSERT INTO dropped VALUES (1);
-- change
ALTER TABLE t DROP COLUMN a, DROP COLUMN b;
DROP TABLE dropped;
-- application
UPDATE t SET c = 7 WHERE id = 2;
