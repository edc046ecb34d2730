-- Nor does the old type write a number as the application did.
-- expect: conflict
-- conflict: changed "public"."machine" id = 2 weight
-- conflict: type "public"."machine" id = 4 weight
-- setup
CREATE TABLE machine (id int PRIMARY KEY, weight numeric(5, 2));
INSERT INTO machine VALUES (1, 7), (2, 8), (3, 9);
-- change
ALTER TABLE machine ALTER weight TYPE jsonb USING jsonb_build_object('kg', weight);
-- application
UPDATE machine SET weight = '80' WHERE id = 2;
INSERT INTO machine VALUES (4, '12.999'), (5, '12.50');
