-- The application's trigger fires for the second step, and its log goes back with the rows that it told of.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t int);
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
UPDATE t SET a = a + 10 WHERE id = 1;
-- application
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO log (t) VALUES (new.id); RETURN new; END$$;
CREATE TRIGGER noted AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
-- change
UPDATE t SET a = a + 100 WHERE id = 2;
