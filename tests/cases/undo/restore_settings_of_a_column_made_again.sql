-- expect: settled
-- on conflict: restore
-- conflict: altered column "a" of "public"."t" -> restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 2);
-- change
ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a text;
-- application
ALTER TABLE t ALTER COLUMN a SET DEFAULT 'x'; COMMENT ON COLUMN t.a IS 'new';
