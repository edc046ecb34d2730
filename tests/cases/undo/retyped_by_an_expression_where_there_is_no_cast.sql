-- There is no cast from the old type to the new one: the script gives an expression.
-- expect: restored
-- setup
CREATE TYPE grade AS ENUM ('low', 'high');
CREATE TABLE machine (id int PRIMARY KEY, started int, seen timestamp, rank int, weight int, note text);
INSERT INTO machine VALUES (1, 100, '2024-01-01', 1, 7, 'a'), (2, NULL, NULL, 2, NULL, 'b'), (3, 300, '2024-03-03', 2, 9, 'c');
-- change
ALTER TABLE machine ALTER started TYPE timestamptz USING to_timestamp(started);
ALTER TABLE machine ALTER seen TYPE boolean USING seen IS NOT NULL;
ALTER TABLE machine ALTER seen SET DEFAULT false, ALTER seen SET NOT NULL;
ALTER TABLE machine ALTER rank TYPE grade USING CASE rank WHEN 1 THEN 'low' ELSE 'high' END::grade;
ALTER TABLE machine ALTER weight TYPE jsonb USING jsonb_build_object('kg', weight);
-- application
UPDATE machine SET note = 'mine' WHERE id = 2;
