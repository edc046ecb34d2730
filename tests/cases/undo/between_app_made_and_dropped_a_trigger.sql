-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN new.a := new.a * 2; RETURN new; END$$;
CREATE TRIGGER doubled BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION twice();
INSERT INTO t VALUES (1, 1), (2, 2);
-- change
UPDATE t SET a = a + 10 WHERE id = 1;
-- application
DROP TRIGGER doubled ON t;
ALTER TABLE t ADD CONSTRAINT small CHECK (a < 1000);
-- change
ALTER TABLE t DROP CONSTRAINT small;
UPDATE t SET a = a + 10000 WHERE id = 1;
