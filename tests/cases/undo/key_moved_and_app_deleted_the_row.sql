-- expect: conflict
-- conflict: moved "public"."p" id = 102
-- conflict: moved "public"."p" id = 101
-- What was deleted would come back under its old key, and what got another key would be there twice.
-- setup
CREATE TABLE p (id int PRIMARY KEY, v text);
INSERT INTO p VALUES (1, 'a'), (2, 'b'), (3, 'c');
-- change
UPDATE p SET id = id + 100;
INSERT INTO p VALUES (7, 'new');
-- application
DELETE FROM p WHERE id IN (102, 7);
UPDATE p SET id = 200 WHERE id = 101;
