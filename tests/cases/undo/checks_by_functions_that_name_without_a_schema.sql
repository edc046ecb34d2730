-- expect: restored
-- caveat: column order
-- setup
CREATE FUNCTION inner_f(a int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION positive(a int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN inner_f(a) > 0; END $$;
CREATE FUNCTION twice(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN inner_f(a) * 2; END $$;
CREATE DOMAIN amount AS int CONSTRAINT counted CHECK (positive(VALUE));
CREATE DOMAIN weight AS int CONSTRAINT weighed CHECK (positive(VALUE));
CREATE TABLE a (id int PRIMARY KEY, v int CONSTRAINT c CHECK (positive(v)));
CREATE TABLE b (id int PRIMARY KEY, v int CONSTRAINT c CHECK (positive(v)), w amount, n text);
CREATE TABLE c (id int PRIMARY KEY, v int CONSTRAINT c CHECK (positive(v)), w weight);
CREATE TABLE d (id int PRIMARY KEY, v int CONSTRAINT c CHECK (positive(v)), w amount);
CREATE TABLE e (id int PRIMARY KEY, n varchar(10) CONSTRAINT c CHECK (positive(length(n))));
INSERT INTO a VALUES (1, 1), (2, 2);
INSERT INTO b VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);
INSERT INTO c VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO d VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO e VALUES (1, 'x');
-- change
ALTER TABLE a DROP CONSTRAINT c;
UPDATE b SET v = 5, w = 6;
DELETE FROM b WHERE id = 3;
ALTER TABLE c DROP COLUMN v;
ALTER DOMAIN weight DROP CONSTRAINT weighed;
DROP TABLE d;
ALTER TABLE e ALTER n TYPE varchar(20);
-- application
UPDATE b SET n = 'mine' WHERE id = 2;
