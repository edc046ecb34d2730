-- expect: restored
-- A foreign key holds for the rows of its own table: those of a table that inherits from it hang on nothing.
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);
CREATE TABLE inheriting () INHERITS (c);
INSERT INTO inheriting VALUES (1, 7);
-- change
INSERT INTO p VALUES (7);
INSERT INTO c VALUES (1, 7);
-- application
INSERT INTO inheriting VALUES (2, 7);
