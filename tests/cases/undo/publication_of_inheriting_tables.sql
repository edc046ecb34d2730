-- FOR TABLE takes the tables that inherit in as members of their own, which may be fewer since.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE child (more int) INHERITS (t);
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE other_child () INHERITS (other);
CREATE PUBLICATION partial FOR TABLE other;
ALTER PUBLICATION partial DROP TABLE ONLY other_child;
-- change
CREATE PUBLICATION new FOR TABLE t;
ALTER PUBLICATION partial DROP TABLE ONLY other;
ALTER PUBLICATION partial ADD TABLE ONLY t;
