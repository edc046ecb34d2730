-- expect: restored
-- setup
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY);
INSERT INTO s.t VALUES (1);
CREATE TABLE other (id int PRIMARY KEY);
-- change
DROP SCHEMA s CASCADE;
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY, v text);
-- change
INSERT INTO s.t VALUES (7, 'seven');
-- application
INSERT INTO other VALUES (1);
