-- expect: restored
-- setup
CREATE TYPE c AS (x int); CREATE TYPE e AS ENUM ('x'); CREATE DOMAIN d AS int; CREATE TABLE t (id int PRIMARY KEY, c c, e e, d d);
-- change
ALTER TYPE c RENAME TO tmp; ALTER TYPE e RENAME TO c; ALTER DOMAIN d RENAME TO e; ALTER TABLE t RENAME TO d; ALTER TYPE tmp RENAME TO t;
