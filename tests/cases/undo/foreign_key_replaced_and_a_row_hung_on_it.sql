-- The foreign key of before would not let the row hang.
-- expect: conflict
-- conflict: referenced "public"."p" id = 10
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);
INSERT INTO p VALUES (1);
-- change
INSERT INTO p VALUES (10);
-- change
ALTER TABLE c DROP CONSTRAINT c_p_fkey, ADD FOREIGN KEY (p) REFERENCES p ON DELETE CASCADE;
-- application
INSERT INTO c VALUES (3, 10);
