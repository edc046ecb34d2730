-- expect: restored
-- setup
CREATE TABLE machine (id int PRIMARY KEY, weight int);
INSERT INTO machine VALUES (1, 7);
-- change
ALTER TABLE machine ALTER weight TYPE jsonb USING jsonb_build_object('kg', weight);
-- application
INSERT INTO machine VALUES (4, '12'), (5, NULL);
-- expected
INSERT INTO machine VALUES (4, 12), (5, NULL);
