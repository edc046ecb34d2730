-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE o (id int PRIMARY KEY);
CREATE PUBLICATION p;
-- change
ALTER PUBLICATION p ADD TABLE t;
-- application
ALTER PUBLICATION p ADD TABLE o;
-- survives
SELECT prrelid::regclass::text FROM pg_publication_rel WHERE prrelid = 'o'::regclass;
