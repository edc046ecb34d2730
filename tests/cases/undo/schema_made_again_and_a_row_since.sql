-- expect: conflict
-- conflict: rows "s"."t"
-- setup
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY);
-- change
DROP SCHEMA s CASCADE;
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY);
-- application
INSERT INTO s.t VALUES (1);
