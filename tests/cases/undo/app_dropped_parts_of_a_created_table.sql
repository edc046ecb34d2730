-- expect: restored
-- caveat: commutes not
-- setup
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
-- change
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT c CHECK (a > 0)); CREATE POLICY p ON t USING (id > 0);
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
-- application
DROP TRIGGER g ON t; DROP POLICY p ON t; ALTER TABLE t DROP CONSTRAINT c;
