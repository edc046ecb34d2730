-- One row more than the step made, and equal to them: it would cascade.
-- expect: conflict
-- conflict: referenced "public"."p" id = 1
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE, a text);
-- change
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 'x'), (1, 'x');
-- application
INSERT INTO c VALUES (1, 'x');
