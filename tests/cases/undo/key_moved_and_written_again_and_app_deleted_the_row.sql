-- expect: conflict
-- conflict: moved "public"."p" id = 102
-- conflict: moved "public"."p" id = 203
-- setup
CREATE TABLE p (id int PRIMARY KEY, v text);
INSERT INTO p VALUES (1, 'a'), (2, 'b'), (3, 'c');
-- change
UPDATE p SET id = id + 100;
UPDATE p SET v = upper(v);
UPDATE p SET id = id + 100 WHERE id = 103;
DELETE FROM p WHERE id = 101;
INSERT INTO p VALUES (7, 'new');
UPDATE p SET v = 'newer' WHERE id = 7;
-- application
DELETE FROM p;
