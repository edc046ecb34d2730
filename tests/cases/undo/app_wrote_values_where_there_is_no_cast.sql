-- No text of a time is one of a number.
-- expect: conflict
-- conflict: type "public"."machine" id = 4 started
-- setup
CREATE TABLE machine (id int PRIMARY KEY, started int);
INSERT INTO machine VALUES (1, 100), (2, NULL), (3, 300);
-- change
ALTER TABLE machine ALTER started TYPE timestamptz USING to_timestamp(started);
-- application
INSERT INTO machine VALUES (4, '2024-05-05');
