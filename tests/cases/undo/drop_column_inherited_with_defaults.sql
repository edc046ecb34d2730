-- expect: restored
-- caveat: column order
-- setup
CREATE TABLE t (id int UNIQUE, a text DEFAULT 'a' NOT NULL, b int, c int DEFAULT 3);
CREATE TABLE t_child (more int) INHERITS (t);
COMMENT ON COLUMN t_child.a IS 'first';
COMMENT ON COLUMN t_child.c IS 'last';
-- change
ALTER TABLE t DROP COLUMN a CASCADE;
