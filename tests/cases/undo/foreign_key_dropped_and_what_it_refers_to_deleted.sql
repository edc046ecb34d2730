-- expect: restored
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES (1), (2);
INSERT INTO c VALUES (1, 1), (2, 1);
-- change
ALTER TABLE c DROP CONSTRAINT c_p_fkey;
-- change
DELETE FROM p;
