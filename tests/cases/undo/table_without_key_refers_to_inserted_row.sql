-- The step made both: the rows without a key go with the row that they refer to.
-- expect: restored
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE, a text);
-- change
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 'x'), (1, 'x'), (1, NULL);
