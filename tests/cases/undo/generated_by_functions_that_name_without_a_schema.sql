-- expect: restored
-- setup
CREATE FUNCTION inner_f(a int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION positive(a int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN inner_f(a) > 0; END $$;
CREATE FUNCTION twice(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN inner_f(a) * 2; END $$;
CREATE TABLE a (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (twice(v)) STORED);
CREATE TABLE b (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (twice(v)) STORED, n text);
CREATE TABLE c (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (twice(v)) STORED);
INSERT INTO a VALUES (1, 1), (2, 2);
INSERT INTO b VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO c VALUES (1, 1), (2, 2);
-- change
ALTER TABLE a DROP COLUMN g;
UPDATE b SET v = 7;
DELETE FROM b WHERE id = 3;
INSERT INTO b VALUES (4, 4);
DROP TABLE c;
-- application
UPDATE b SET n = 'mine' WHERE id = 2;
