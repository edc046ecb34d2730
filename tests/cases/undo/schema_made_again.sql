-- expect: restored
-- setup
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('glad');
CREATE TABLE s.t (id int PRIMARY KEY, m s.mood);
INSERT INTO s.t VALUES (1, 'glad'), (2, NULL);
CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW s.v AS SELECT id FROM s.t;
COMMENT ON SCHEMA s IS 'the old one';
GRANT USAGE ON SCHEMA s TO case_reader;
-- change
DROP SCHEMA s CASCADE;
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad');
CREATE TABLE s.t (id text PRIMARY KEY, m s.mood DEFAULT 'sad');
INSERT INTO s.t VALUES ('a');
CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE VIEW s.v AS SELECT m FROM s.t;
