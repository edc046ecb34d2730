-- Taken back, the comments are removed, of which the server keeps no trace: it is known what they were on.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE other (id int PRIMARY KEY);
INSERT INTO t VALUES (1, 1);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
-- change
COMMENT ON TRIGGER g ON t IS 'fires';
COMMENT ON CONSTRAINT other_pkey ON other IS 'the key';
-- change
UPDATE t SET id = id + 1;
CREATE TABLE made (LIKE t INCLUDING ALL);
