-- expect: conflict
-- conflict: moved "public"."p" id = 102
-- setup
CREATE TABLE p (id int PRIMARY KEY, v text);
INSERT INTO p VALUES (1, 'a'), (2, 'b'), (3, 'c');
-- change
ALTER TABLE p ALTER id TYPE bigint;
UPDATE p SET id = id + 100;
-- application
DELETE FROM p WHERE id = 102;
