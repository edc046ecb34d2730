-- What refers by a foreign key of the run alone refers to nothing before it, and stays: the old rows and the new one.
-- expect: restored
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int);
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 1), (2, 10);
-- change
INSERT INTO p SELECT DISTINCT c.p FROM c WHERE NOT EXISTS (SELECT FROM p WHERE p.id = c.p);
-- change
ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE;
-- application
INSERT INTO c VALUES (3, 10);
-- survives
SELECT * FROM c WHERE id = 3;
