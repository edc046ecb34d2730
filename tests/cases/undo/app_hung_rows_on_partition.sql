-- The application's row would cascade.
-- expect: conflict
-- setup
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);
-- change
INSERT INTO p VALUES (1);
-- conflict: referenced "public"."p1" id = 1
-- application
INSERT INTO c VALUES (1, 1);
