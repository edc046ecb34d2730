-- expect: conflict
-- conflict: rows "public"."fresh"
-- setup
CREATE TABLE t (id int PRIMARY KEY);
-- change
CREATE TABLE fresh (id int PRIMARY KEY, a int);
-- application
INSERT INTO fresh VALUES (1, 1);
-- change
UPDATE fresh SET a = 2;
