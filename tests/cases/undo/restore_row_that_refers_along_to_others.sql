-- expect: conflict
-- on conflict: restore
-- conflict: referenced "public"."c" id = 6
-- conflict: referenced "public"."c" id = 3
-- setup
CREATE TABLE c (id int PRIMARY KEY, self int REFERENCES c, v text);
-- change
INSERT INTO c VALUES (3, NULL, 'run'), (6, 3, 'run'), (9, 6, 'run');
-- application
UPDATE c SET v = 'app' WHERE id = 9;
INSERT INTO c VALUES (10, 6, 'app');
