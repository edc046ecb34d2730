-- expect: conflict
-- conflict: changed "public"."c" id = 9 v
-- conflict: referenced "public"."c" id = 6
-- conflict: referenced "public"."c" id = 3
-- The row that stays holds the one that it refers to, and that the next.
-- setup
CREATE TABLE c (id int PRIMARY KEY, self int REFERENCES c ON DELETE RESTRICT, v text);
-- change
INSERT INTO c VALUES (3, NULL, 'run'), (6, 3, 'run'), (9, 6, 'run');
-- application
UPDATE c SET v = 'app' WHERE id = 9;
